from simulators.door import REX_S, WALK_S, Contact, ContactChange, Door


def test_a_shut_door_lets_nobody_through_and_a_released_strike_does() -> None:
    door = Door()
    assert door.walk_through(1.0) == (False, [])
    door.set_strike(released=True)
    assert door.walk_through(2.0) == (True, [ContactChange(Contact.DPS, True, 2.0)])
    assert (door.is_open, door.passed) == (True, 1)


def test_the_leaf_falls_shut_after_the_last_person() -> None:
    door = Door()
    door.set_strike(released=True)
    door.walk_through(0.0)
    door.set_strike(released=False)
    assert door.walk_through(1.0) == (True, []), "somebody follows while the leaf is open"
    assert door.advance(WALK_S) == []
    assert door.next_change_s == 1.0 + WALK_S
    assert door.advance(10.0) == [ContactChange(Contact.DPS, False, 1.0 + WALK_S)]
    assert (door.is_open, door.passed) == (False, 2)
    assert door.next_change_s is None


def test_a_released_strike_that_nobody_uses_changes_no_contact() -> None:
    door = Door()
    door.set_strike(released=True)
    assert door.advance(100.0) == []
    door.set_strike(released=False)
    assert door.advance(200.0) == []


def test_the_inside_handle_always_opens_and_says_so_first() -> None:
    door = Door()
    assert door.leave_by_button(0.0) == [ContactChange(Contact.REX, True, 0.0), ContactChange(Contact.DPS, True, 0.0)]
    assert door.advance(10.0) == [ContactChange(Contact.REX, False, REX_S), ContactChange(Contact.DPS, False, WALK_S)]


def test_force_opens_without_any_request() -> None:
    assert Door().force(3.0) == [ContactChange(Contact.DPS, True, 3.0)]


def test_a_wedge_holds_the_leaf_until_it_is_taken_away() -> None:
    door = Door()
    assert door.hold(0.0) == []
    door.set_strike(released=True)
    assert door.hold(0.0) == [ContactChange(Contact.DPS, True, 0.0)]
    door.set_strike(released=False)
    assert door.walk_through(100.0) == (True, [])
    assert door.advance(1000.0) == []
    assert door.shut(1000.0) == [ContactChange(Contact.DPS, False, 1000.0)]
    assert not door.is_open
