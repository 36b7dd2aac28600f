//! Published test vectors: a signer and a verifier by the same author could agree on a mistake.

use dots_api_ext::webhook::{HeaderFamily, WebhookSigner, WebhookVerifier};

use super::{OTHER_SECRET, SECRET, at};

/// Secret, message id, timestamp, body and signature.
type Vector = (&'static str, &'static str, u64, &'static str, &'static str);

const PUBLISHED: [Vector; 3] = [
    // The tests of Svix' and Standard Webhooks' libraries.
    (
        SECRET,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    // The test of Standard Webhooks' library for Rust.
    (
        OTHER_SECRET,
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    // Svix' documentation page about verifying by hand.
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1_731_705_121,
        r#"{"event_type":"ping","data":{"success":true}}"#,
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
];

#[test]
fn published_signatures_are_good_under_either_name() {
    for (secret, id, time, body, signature) in PUBLISHED {
        let verifier = WebhookVerifier::new(secret).unwrap();
        for family in ["svix", "webhook"] {
            let name = |part| format!("{family}-{part}");
            let time_text = time.to_string();
            let headers = [(name("id"), id), (name("timestamp"), &time_text), (name("signature"), signature)];
            let webhook = verifier.verify(&headers, body.as_bytes(), at(time)).unwrap();
            assert_eq!((webhook.id(), webhook.raw()), (id, body.as_bytes()));
            assert_eq!(webhook.timestamp().unix_seconds(), i64::try_from(time).unwrap());
        }
    }
}

#[test]
fn the_signer_signs_as_was_published() {
    for (secret, id, time, body, signature) in PUBLISHED {
        let signer = WebhookSigner::new(secret).unwrap();
        let [_, _, (name, value)] = signer.sign(id, at(time), body.as_bytes());
        assert_eq!((name, value.as_str()), ("svix-signature", signature));
        let [_, _, (name, value)] = signer.family(HeaderFamily::Standard).sign(id, at(time), body.as_bytes());
        assert_eq!((name, value.as_str()), ("webhook-signature", signature));
    }
}

#[test]
fn a_secret_is_the_same_without_its_prefix() {
    for (secret, id, time, body, signature) in PUBLISHED {
        let bare = WebhookSigner::new(secret.trim_start_matches("whsec_")).unwrap();
        let [_, _, (_, value)] = bare.sign(id, at(time), body.as_bytes());
        assert_eq!(value, signature);
    }
}
