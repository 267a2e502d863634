"""The coverage gates: 95 % of all branches, and all of them where a gap would cost data, rights or money."""

from __future__ import annotations

import subprocess
import sys

# What each gate covers, as `coverage report --include` takes it, and the least it must reach.
GATES = (
    ("everything", "admin_app/*", 95),
    ("operations", "admin_app/*/operations.py,admin_app/*/operations/*.py,admin_app/*/*_operations.py", 100),
    ("permissions", "admin_app/core/permissions.py", 100),
    ("question types", "admin_app/surveys/question_types/*.py", 100),
    ("exporters", "admin_app/results/exporters/*.py,admin_app/surveys/exporters/*.py", 100),
    (
        "sessions and tokens",
        "admin_app/accounts/sessions.py,admin_app/accounts/tokens.py,admin_app/accounts/api_tokens.py,"
        "admin_app/classic_api/bearer.py,admin_app/core/signing.py",
        100,
    ),
)


def main() -> int:
    """Report each gate; return 1 when one is missed."""
    failed = []
    for name, include, least in GATES:
        print(f"coverage of {name}: at least {least} %", flush=True)
        command = [sys.executable, "-m", "coverage", "report", f"--include={include}", f"--fail-under={least}"]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"missed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
