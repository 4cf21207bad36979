"""Is my residual block, or network, right?

report = check_block(Block, in_channels=64, out_channels=128, stride=2)     # or an instance
report = check_network(model)
for finding in report.findings: print(finding.rule, finding.line, finding.message)
assert_residual(Block)                                                      # in a test of your own
"""

from __future__ import annotations

from residua.check.examine import assert_residual, check_block, check_network
from residua.check.report.finding import CheckReport, Finding

__all__ = ["CheckReport", "Finding", "assert_residual", "check_block", "check_network"]
