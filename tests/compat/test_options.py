"""MMF's own reading of options leaves `true` a string and crashes on a second `=`; it is replaced by ours."""


def test_mmf_uses_it():
    from argparse import Namespace

    from mmf.utils.configuration import Configuration

    options = ["model=concat_bert", "dataset=hateful_memes", "checkpoint.resume=true", "env.save_dir=/a=b"]
    assert Configuration()._build_opt_list(options) == {
        "config": None,
        "model": "concat_bert",
        "dataset": "hateful_memes",
        "datasets": None,
        "env": {},
    }
    config = Configuration(Namespace(opts=options, config_override=None)).get_config()
    assert (config.checkpoint.resume, config.env.save_dir, config.datasets) == (True, "/a=b", "hateful_memes")
