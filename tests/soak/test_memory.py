from soak.memory import ALLOWED, growth


def test_a_leak_is_seen_and_a_start_or_a_peak_is_none() -> None:
    starting = [float(mb) for mb in range(60, 100, 4)]
    flat = [100.0, 101.0] * 45
    assert abs(growth(starting + flat)) <= 1
    peaks = list(flat)
    peaks[-5] = 400.0
    assert growth(starting + peaks) <= 1
    leaking = [100 + at * 0.5 for at in range(100)]
    assert growth(starting + leaking) > ALLOWED
    assert growth([100.0]) == 0
