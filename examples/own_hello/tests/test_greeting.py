import unittest

from own_hello.greeting import Greeting, NotAnAddress


class GreetingTest(unittest.TestCase):
    def test_a_unicode_host_becomes_ascii_on_the_wire(self) -> None:
        self.assertEqual(Greeting.parse("Jürgen@bücher.example").wire_host, "xn--bcher-kva.example")

    def test_a_host_from_the_wire_is_shown_in_unicode(self) -> None:
        self.assertEqual(Greeting.parse("Jürgen@xn--bcher-kva.example").host, "bücher.example")

    def test_upper_case_hosts_are_the_same_host(self) -> None:
        self.assertEqual(Greeting.parse("a@BÜCHER.example"), Greeting.parse("a@bücher.example"))

    def test_a_name_can_not_bring_its_own_html(self) -> None:
        html = Greeting.parse("<script>@tables.example").html
        self.assertEqual(html, '<a href="https://tables.example/">&lt;script&gt; at tables.example</a>')

    def test_what_is_no_address_is_refused_with_the_reason(self) -> None:
        for text in ("Jürgen", "@bücher.example", "Jürgen@", "Jürgen@exa mple"):
            with self.subTest(text), self.assertRaises(NotAnAddress):
                Greeting.parse(text)
