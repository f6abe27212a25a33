"""Runs commands of Foresail through vLLM's own parser and checks: see README.md.

usage: check.py COMMANDS.json [FOLDER]   FOLDER: KAITO's presets/workspace/inference, whose parser is run then, too
"""

import contextlib
import io
import json
import os
import sys
import types

import vllm.platforms
from vllm.platforms.cpu import CpuPlatform

# The parser asks for a device, and there is none here.
vllm.platforms._current_platform = CpuPlatform()

from vllm.entrypoints.openai.api_server import validate_api_server_args  # noqa: E402
from vllm.entrypoints.openai.cli_args import (  # noqa: E402
    make_arg_parser,
    validate_parsed_serve_args,
)
from vllm.model_executor.models.registry import ModelRegistry  # noqa: E402
from vllm.utils.argparse_utils import FlexibleArgumentParser  # noqa: E402


def problem(parse, argv):
    """What the parser says against argv; None where it takes all of it."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            args = parse(argv)
        validate_parsed_serve_args(args)
        # The engine moves it there later.
        args.structured_outputs_config.reasoning_parser = args.reasoning_parser
        validate_api_server_args(args)
    except (SystemExit, Exception) as error:
        return said.getvalue().strip().splitlines()[-1:] or repr(error)
    return read_otherwise(args, argv)


def read_otherwise(args, argv):
    """Abbreviations and leftovers: every flag must have set the value of its own name."""
    for argument in argv:
        name, _, value = argument.removeprefix("--").partition("=")
        if "." in name or name.startswith("kaito-"):
            continue
        got = getattr(args, name.replace("-", "_"), None)
        if isinstance(got, list) and len(got) == 1:
            got = got[0]
        if value == "" and got is True or same(got, value):
            continue
        return f"{argument} was read as {got!r}"
    return None


def same(got, value):
    if name_of(got) == value:
        return True
    try:
        return float(got) == float(value)
    except (TypeError, ValueError):
        # auto becomes -1.
        return value == "auto" and got == -1


def name_of(got):
    return str(getattr(got, "value", got))


# Where the image has KAITO's folder.
TEMPLATES = "--chat-template=/workspace/"


def found_here(argv, folder):
    """Chat templates are read at once: from KAITO's folder, or not at all."""
    if folder is None:
        return [a for a in argv if not a.startswith(TEMPLATES)]
    return [a.replace(TEMPLATES, f"--chat-template={folder}/") for a in argv]


def kaito_parser(folder):
    """KAITOArgumentParser of inference_api.py; what it imports beside is not needed to parse."""
    sys.path.insert(0, os.path.join(folder, "vllm"))
    for name in ("psutil", "rate_limit", "uvloop"):
        with contextlib.suppress(ImportError):
            __import__(name)
            continue
        sys.modules[name] = types.ModuleType(name)
    import inference_api

    parser = inference_api.KAITOArgumentParser(description="KAITO wrapping of vLLM serving server")
    return lambda argv: parser.parse_args(argv)


WRONG = (
    ["--no-such-flag=1"],
    ["--dtype=int3"],
    ["--max-loras=x"],
    ["--max-model-le=8"],
    ["--compilation-config.pass_config.no_such=1"],
    ["--enable-auto-tool-choice", "--tool-call-parser=no_such"],
    ["--reasoning-parser=no_such"],
    [f"{TEMPLATES}chat_templates/no-such.jinja"],
)


def main():
    with open(sys.argv[1]) as file:
        commands = [one for one in json.load(file) if one["runtime"] == "vllm"]
    folder = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
    parser = make_arg_parser(FlexibleArgumentParser())
    parsers = {"vLLM": lambda argv: parser.parse_args([a for a in argv if not a.startswith("--kaito-")])}
    if folder is not None:
        parsers["KAITO"] = kaito_parser(folder)
    failed = 0
    for name, parse in parsers.items():
        for wrong in WRONG:
            if problem(parse, wrong) is None:
                print(f"{name}: {wrong} was taken, so this check says nothing")
                failed += 1
    known = set(ModelRegistry.get_supported_archs())
    for one in commands:
        for architecture in {one["architecture"]} - known:
            print(f"{one['label']}: vLLM has no {architecture}")
            failed += 1
        for name, parse in parsers.items():
            found = problem(parse, found_here(one["args"], folder))
            if found is not None:
                print(f"{one['label']}: {name}: {found}")
                failed += 1
    print(f"{len(commands)} commands, {len({one['preset'] for one in commands})} presets, parsers {', '.join(parsers)}: {failed} problems")
    sys.exit(1 if failed else 0)


main()
