import contextlib
import io
import unittest

from own_hello.cli import main


class MainTest(unittest.TestCase):
    def test_everybody_named_is_greeted_and_the_ingredients_follow(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(main(["花子@日本語.example", "Ann@ann.example"]), 0)
        page = printed.getvalue()
        self.assertIn("Hello, 花子!\n", page)
        self.assertIn("xn--wgv71a119e.example", page)
        self.assertIn("Hello, Ann!\n", page)
        self.assertIn("MarkupSafe", page)

    def test_a_wrong_address_is_wrong_usage(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()) as complained:
            self.assertEqual(main(["nobody"]), 2)
        self.assertIn("'nobody' is no name@host", complained.getvalue())
