# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

"""
Deploys programs as inline programs of the Automation API. It reads requests from its standard input and writes responses
to file descriptor 3, as lines of JSON. Requests run concurrently.
"""

import concurrent.futures
import json
import os
import runpy
import sys
import threading
from typing import Any, Dict

from pulumi import automation

response_lock = threading.Lock()


def run(request: Dict[str, Any]) -> Dict[str, Any]:
    stack = automation.select_stack(
        stack_name=request["stack"],
        project_name=request["project"],
        program=lambda: runpy.run_path(request["program"], run_name="__main__") and None,
        opts=automation.LocalWorkspaceOptions(work_dir=request["dir"], env_vars=request["env"]),
    )
    output = []
    options = {
        "on_output": output.append,
        "on_error": output.append,
        "expect_no_changes": request["expectNoChanges"],
    }
    try:
        if request["command"] == "up":
            changes = stack.up(**options).summary.resource_changes
        else:
            changes = stack.preview(**options).change_summary
        return {"output": "\n".join(output), "changes": changes}
    except Exception as error:
        return {"output": "\n".join(output), "error": str(error)}


def handle(line: str) -> None:
    request = json.loads(line)
    try:
        result = run(request)
    except Exception as error:
        result = {"error": repr(error)}
    with response_lock:
        os.write(3, (json.dumps({"id": request["id"], **result}, default=str) + "\n").encode())


with concurrent.futures.ThreadPoolExecutor() as executor:
    for line in sys.stdin:
        executor.submit(handle, line)
