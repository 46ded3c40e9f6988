from ownconda.exit_codes import joint_exit_code


def test_several_things_that_went_wrong_in_one_way_have_its_exit_code_and_else_that_of_a_no() -> None:
    assert joint_exit_code(()) == 0
    assert joint_exit_code((3, 3)) == 3
    assert joint_exit_code((2, 3)) == 1
