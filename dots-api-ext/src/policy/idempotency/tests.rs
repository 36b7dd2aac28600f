use super::{Scope, key_of_reference};

fn key(reference: &str) -> Result<String, String> {
    key_of_reference(Scope { account: "pk_dev", app: None }, "send_payout", reference)
        .map(|key| key.to_string())
}

#[test]
fn texts_that_look_the_same_have_one_key() {
    for (composed, decomposed) in [
        ("caf\u{e9}", "cafe\u{301}"),
        ("\u{1e69}", "s\u{323}\u{307}"),
        ("\u{1e69}", "s\u{307}\u{323}"),
        ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
        ("\u{212b}ngstr\u{f6}m", "\u{c5}ngstro\u{308}m"),
        ("\u{212a}\u{37e}\u{1fef}", "K;`"),
    ] {
        assert!(key(composed).is_ok());
        assert_eq!(key(composed), key(decomposed), "{composed}");
    }
    // Signs that only look alike are other signs, and stay so.
    assert_ne!(key("\u{2460}"), key("1"));
    assert_ne!(key("\u{430}"), key("a"));
}

#[test]
fn what_cannot_be_seen_is_refused() {
    for hidden in [
        "\u{200b}",
        "\u{feff}",
        "\u{200d}",
        "\u{200c}",
        "\u{ad}",
        "\u{2060}",
        "\u{202e}",
        "\u{a0}",
        "\u{3000}",
        "\u{2028}",
        "\u{85}",
        "\0",
        "\n",
        "\t",
        "\u{7f}",
        "\u{e000}",
        "\u{378}",
        "\u{fe0f}",
        "\u{115f}",
        "\u{3164}",
        "\u{e0001}",
        "\u{10ffff}",
        "\u{180e}",
        "\u{34f}",
        "\u{61c}",
        "\u{2800}",
        "\u{fffc}",
        "\u{fffd}",
    ] {
        for text in
            [format!("invoice-881{hidden}"), format!("{hidden}a"), format!("a{hidden}b"), hidden.to_owned()]
        {
            let error = key(&text).unwrap_err();
            assert!(!error.contains(hidden), "{error}");
        }
    }
    for odd in ["", " ", " a", "a ", "\u{e9} ", &"x".repeat(256), &"\u{e9}".repeat(256)] {
        assert!(key(odd).is_err(), "{odd:?}");
    }
    for good in
        ["a", "a b", &"x".repeat(255), &"\u{e9}".repeat(255), "\u{1f600}", "\u{645}\u{627}\u{631}\u{633}"]
    {
        assert!(key(good).is_ok(), "{good:?}");
    }
}

#[test]
fn an_ascii_reference_keeps_the_key_that_it_always_had() {
    assert_eq!(key("invoice-881").unwrap(), KEPT);
}

/// Computed by Python's `uuid.uuid5`.
const KEPT: &str = "6de2f29e-690d-5ffd-b076-1f12db77c845";
