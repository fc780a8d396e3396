import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from mmf_mixer.annotate.annotator import Annotator
from tests.report.annotation.make import match


@pytest.fixture
def schema() -> Any:
    return json.loads((files("mmf_mixer.annotate") / "schema.json").read_text())


def test_master_files_fit_the_schema(annotator: Annotator, joined: Any, schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(annotator.annotate(joined).master())), schema)
    jsonschema.validate(match(), schema)


@pytest.mark.parametrize("field", ["format", "video", "windows", "segments", "labels"])
def test_a_master_file_without_a_field_does_not_fit(field: str, schema: Any) -> None:
    content = match()
    del content[field]
    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.validate(content, schema)
