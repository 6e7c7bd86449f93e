# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0
"""Fails if a C# file below a folder has a syntax error. It needs no .NET."""

import pathlib
import sys

import tree_sitter
import tree_sitter_c_sharp

folder = pathlib.Path(sys.argv[1])
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c_sharp.language()))
files = sorted(folder.rglob("*.cs"))
if not files:
    sys.exit(f"{folder} has no C# files")


def errors(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    if node.is_error or node.is_missing:
        return [node]
    return [error for child in node.children if child.has_error or child.is_missing for error in errors(child)]


failed = False
for file in files:
    for error in errors(parser.parse(file.read_bytes()).root_node):
        failed = True
        print(f"{file}:{error.start_point.row + 1}: syntax error", file=sys.stderr)
if failed:
    sys.exit(1)
print(f"{len(files)} C# files parsed")
