from networks import joined, package

from ownconda.dependencies.circles import circles
from ownconda.dependencies.network import Network
from ownconda.dependencies.pictures import picture
from ownconda.dependencies.questions import everything, to_rebuild, why
from ownconda.dependencies.views import EVERYTHING, View, graph_of
from ownconda.graph.picture import Picture


def drawn(network: Network, view: View) -> Picture:
    answer = everything(network, view)
    return picture(network, view, graph_of(network, view, answer.packages), answer)


def looks(shown: Picture) -> dict[str, tuple[str, str]]:
    return {node.name: (node.look.name, node.mark.name if node.mark else "") for node in shown.nodes}


def test_own_third_party_and_outside_differ() -> None:
    network = joined(package("lib", host=["libc"]), package("app", standing="own", host=["lib"]))
    assert looks(drawn(network, EVERYTHING)) == {
        "libc": ("outside", ""),
        "lib": ("third-party", ""),
        "app": ("own", ""),
    }
    assert "libc" not in looks(drawn(network, View()))


def test_an_arrow_tells_the_requirements_behind_it() -> None:
    [arrow] = drawn(joined(package("lib"), package("app", host=["lib >=1"], run=["lib"])), View()).arrows
    assert (arrow.start, arrow.end, arrow.hard, arrow.why) == ("app", "lib", True, ("host: lib >=1", "run: lib"))


def test_what_changed_is_told_from_what_is_rebuilt() -> None:
    network = joined(package("lib"), package("app", host=["lib"]))
    answer = to_rebuild(network, View(), {network.packages[0]: "build.sh changed"})
    shown = picture(network, View(), graph_of(network, View(), answer.packages), answer)
    assert looks(shown) == {"lib": ("third-party", "changed"), "app": ("third-party", "to-rebuild")}
    assert ("changed", "built with lib") in shown.nodes[1].facts


def test_what_was_asked_for_is_marked() -> None:
    network = joined(package("lib"), package("app", host=["lib"]))
    answer = why(network, View(), spec="lib")
    shown = picture(network, View(), graph_of(network, View(), answer.packages), answer)
    assert looks(shown)["lib"] == ("third-party", "asked-for")
    assert shown.title == "what needs lib"


def test_the_edge_to_cut_is_marked() -> None:
    network = joined(package("a", host=["b"]), package("b", run=["a"]))
    answer = circles(network, View())
    shown = picture(network, View(), graph_of(network, View(), answer.packages), answer)
    assert {(arrow.start, arrow.end): arrow.marked for arrow in shown.arrows} == {("a", "b"): False, ("b", "a"): True}


def test_outputs_of_one_project_are_together_and_projects_of_one_name_apart() -> None:
    network = joined(
        package("lib", project="new/lib"),
        package("lib-dev", project="new/lib"),
        package("other", project="old/lib"),
        package("other-dev", project="old/lib"),
    )
    groups = {title: [node.name for node in nodes] for title, nodes in drawn(network, View()).groups.items()}
    assert groups == {"new/lib": ["lib", "lib-dev"], "old/lib": ["other", "other-dev"]}
