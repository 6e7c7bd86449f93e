# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

"""
Deploys programs as inline programs of the Automation API. Each line of the input is a request, and each line of file
descriptor 3 the answer to one.
"""

import concurrent.futures
import json
import os
import runpy
import sys
import threading
from typing import Any, Dict

from pulumi import automation

answers = threading.Lock()


def run(request: Dict[str, Any]) -> Dict[str, Any]:
    stack = automation.select_stack(
        stack_name=request["stack"],
        project_name=request["project"],
        program=lambda: runpy.run_path(request["program"], run_name="__main__") and None,
        opts=automation.LocalWorkspaceOptions(work_dir=request["dir"], env_vars=request["env"]),
    )
    printed = []
    options = {
        "on_output": printed.append,
        "on_error": printed.append,
        "expect_no_changes": request["expectNoChanges"],
    }
    try:
        if request["command"] == "up":
            changes = stack.up(**options).summary.resource_changes
        else:
            changes = stack.preview(**options).change_summary
        return {"printed": "\n".join(printed), "changes": changes}
    except Exception as error:
        return {"printed": "\n".join(printed), "error": str(error)}


def answer(line: str) -> None:
    request = json.loads(line)
    try:
        result = run(request)
    except Exception as error:
        result = {"error": repr(error)}
    with answers:
        os.write(3, (json.dumps({"id": request["id"], **result}, default=str) + "\n").encode())


with concurrent.futures.ThreadPoolExecutor() as requests:
    for line in sys.stdin:
        requests.submit(answer, line)
