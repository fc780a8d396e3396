"""VIA 3's project (https://gitlab.com/vgg/via/-/blob/master/via-3.x.y/CodeDoc.md)."""

from typing import Any
from urllib.parse import quote

from mmf_mixer.annotate.exports.writing import address, as_json, one_line
from mmf_mixer.data.timeline import Timeline

PROJECT = {
    "pid": "__VIA_PROJECT_ID__",
    "rev": "__VIA_PROJECT_REV_ID__",
    "rev_timestamp": "__VIA_PROJECT_REV_TIMESTAMP__",
    "data_format_version": "3.1.1",
    "creator": "mmf-mixer",
    "created": 0,
    "vid_list": ["1"],
}
CONFIG = {
    "file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}},
    "ui": {
        "file_content_align": "center",
        "file_metadata_editor_visible": True,
        "spatial_metadata_editor_visible": True,
        "spatial_region_label_attribute_id": "",
        "gtimeline_visible_row_count": "4",
    },
}
TEMPORAL_SEGMENT, SELECT, VIDEO, URI_FILE = "FILE1_Z2_XY0", 4, 4, 3
TAG = str.maketrans("<", "\u2039")  # VIA puts names into its page as HTML


def via(timeline: Timeline) -> str:
    """One attribute whose options are the labels, and a temporal segment in seconds for each segment.

    Read by VIA 3's video annotator, which looks for the video beside its own page.
    """
    options = {str(n): one_line(label).translate(TAG) for n, label in enumerate(timeline.labels.names, 1)}
    name = one_line(timeline.video).translate(TAG)
    shown = quote(name)  # VIA decodes it
    attribute: dict[str, Any] = {"aname": "label", "anchor_id": TEMPORAL_SEGMENT, "type": SELECT, "desc": ""}
    metadata = {
        f"1_{number}": {"vid": "1", "flg": 0, "z": [one.start, one.end], "xy": [], "av": {"1": option}}
        for number, one in enumerate(timeline.kept, 1)
        for option in [str(timeline.labels.position[one.label] + 1)]
    }
    return as_json(
        {
            "project": {**PROJECT, "pname": name},
            "config": CONFIG,
            "attribute": {"1": {**attribute, "options": options, "default_option_id": ""}},
            "file": {"1": {"fid": 1, "fname": shown, "type": VIDEO, "loc": URI_FILE, "src": address(timeline)}},
            "view": {"1": {"fid_list": [1]}},
            "metadata": metadata,
        }
    )
