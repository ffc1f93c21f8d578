"""That a difference is noticed and shown, one result at a time: python test_compare.py DATA POLICIES"""

import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import columns
import compare

DATA, POLICIES = (Path(sys.argv.pop(1)) for _ in range(2))


class ADifference(unittest.TestCase):
    def setUp(self):
        """The last part alone: comparing it takes less than a second."""
        manifest = json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))
        self.part = manifest["parts"][-1]
        folder = (DATA / self.part["folder"]).resolve()
        manifest["parts"] = [self.part | {"folder": str(folder)}]
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        self.manifest = manifest

    def compared(self, changed=None, row=None, by=0):
        """Exit code and output, with one number of one column changed on the way in."""
        read = columns.Part.column

        def column(part, name):
            values = read(part, name).copy()
            if name == changed:
                values[row] += by
            return values

        out = io.StringIO()
        with mock.patch.object(columns.Part, "column", column):
            return compare.compare(self.folder, POLICIES, out), out.getvalue()

    def test_untouched_results_are_equal(self):
        code, text = self.compared()
        self.assertEqual((code, "equal: " in text), (0, True), text)

    def test_one_changed_result_is_noticed_and_its_household_shown(self):
        read = columns.Part(self.folder, self.manifest, self.manifest["parts"][0])
        for outcome, (of_members, pays) in compare.OUTCOMES.items():
            met = read.column(f"outcome.{outcome}.met")
            row = int(met.nonzero()[0][-1])
            home = int((read.members <= row).sum()) - 1 if of_members else row
            changes = [(f"outcome.{outcome}.met", -1)] + [(f"outcome.{outcome}.amount", 1)] * pays
            for name, by in changes:
                with self.subTest(name):
                    code, text = self.compared(name, row, by)
                    self.assertEqual(code, 1)
                    self.assertIn(f"household {home} of {Path(self.part['folder']).name}", text)
                    self.assertIn(f"  {name.removeprefix('outcome.')}", text)
                    self.assertIn("成员 1: ", text)

    def test_one_changed_step_is_noticed(self):
        for rule in self.manifest["rules"]:
            with self.subTest(rule):
                code, text = self.compared(f"rule.{rule}", 0, 1)
                self.assertEqual(code, 1)
                self.assertIn(f"  {rule}", text)

    def test_one_changed_fact_is_noticed(self):
        # A yuan more a year for the land of a family on dibao: the amount falls by a tenth of a jiao or more.
        read = columns.Part(self.folder, self.manifest, self.manifest["parts"][0])
        paid = read.column("outcome.dibao.amount")
        row = int(paid.nonzero()[0][0])
        code, text = self.compared("farm_income", row, 1200)
        self.assertEqual(code, 1)
        self.assertIn("  dibao.amount", text)


if __name__ == "__main__":
    unittest.main()
