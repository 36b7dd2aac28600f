//! Forged and corrupted deliveries.

use dots_api_ext::webhook::{WebhookSigner, WebhookVerifier};

use super::{BODY, Headers, ID, SECRET, SENT, at, signed, verifier};

/// The number of corrupted deliveries.
const TIMES: u64 = 40_000;

/// A seeded random number generator (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Changes a few bytes: flips a bit, writes, inserts, removes, cuts, repeats.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let (place, byte) = (self.below(bytes.len() + 1), self.next().to_le_bytes()[0]);
            match self.below(6) {
                0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
                1 if place < bytes.len() => bytes[place] = byte,
                2 => bytes.insert(place, byte),
                3 if place < bytes.len() => drop(bytes.remove(place)),
                4 => bytes.truncate(place),
                _ => bytes.extend_from_within(place..),
            }
        }
    }
}

#[test]
fn no_spoilt_delivery_is_believed() {
    let verifier = verifier();
    let genuine = signed(BODY).map(|(name, value)| (name, value.into_bytes()));
    let mac = genuine[2].1.strip_prefix(b"v1,").unwrap().to_vec();
    let mut numbers = Numbers(0x5eed);
    let (mut believed, mut refused) = (0, 0);
    for turn in 0..TIMES {
        let (mut headers, mut body) = (genuine.clone(), BODY.to_vec());
        match numbers.below(5) {
            0 => numbers.spoil(&mut headers[0].1),
            1 => numbers.spoil(&mut headers[1].1),
            2 => numbers.spoil(&mut headers[2].1),
            3 => numbers.spoil(&mut body),
            _ => {
                headers.iter_mut().for_each(|(_, value)| numbers.spoil(value));
                numbers.spoil(&mut body);
            }
        }
        let is_genuine = headers[0] == genuine[0]
            && headers[1] == genuine[1]
            && headers[2].1.windows(mac.len()).any(|part| part == mac)
            && body == BODY;
        let is_believed = verifier.verify(&headers, &body, at(SENT)).is_ok();
        // A delivery that was corrupted and restored, or got a second signature, is genuine and may still be refused.
        assert!(is_genuine || !is_believed, "turn {turn}: {headers:?} {body:?}");
        if is_believed { believed += 1 } else { refused += 1 }
    }
    assert!(refused > TIMES - TIMES / 20 && believed > 0, "{believed} believed, {refused} refused");
}

#[test]
fn whoever_guesses_that_the_secret_is_empty_gets_nowhere() {
    // HMAC-SHA256 with an empty key of `msg_forged.1614265330.{"event":"transfer.completed"}`, computed elsewhere.
    let headers = [
        ("webhook-id", "msg_forged"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,qMmCd6ggGKb9b2c2O1jqHt1N7UvNDvgy4E2IXSCpb1U="),
    ];
    let body = br#"{"event":"transfer.completed"}"#;
    assert!(verifier().verify(&headers, body, at(SENT)).is_err());
    assert!(WebhookVerifier::new("whsec_").is_err() && WebhookVerifier::new("").is_err());
    assert!(verifier().add_secret("whsec_").is_err());
}

#[test]
fn moving_the_dots_between_id_time_and_body_proves_nothing_that_can_be_read() {
    // `a.b` + `.` + time + `.` + body is also `a` + `.` + … where `b` is a time.
    let inner = SENT.to_string();
    let signer = WebhookSigner::new(SECRET).unwrap();
    let [_, _, (_, signature)] = signer.sign(&format!("{ID}.{inner}"), at(SENT), BODY);
    let headers: Headers =
        [("svix-id", ID.to_owned()), ("svix-timestamp", inner.clone()), ("svix-signature", signature)];
    let body = [inner.as_bytes(), b".", BODY].concat();
    assert!(verifier().verify(&headers, &body, at(SENT)).is_err());
}
