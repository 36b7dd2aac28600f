//! Signatures as Standard Webhooks has them: HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::secret::Secret;

/// Signs with every secret; the header holds all signatures, so that a receiver can rotate its secret.
pub(super) fn header(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    write(macs(secrets, id, timestamp, body))
}

/// Returns signatures with one wrong bit each.
pub(super) fn forged(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let flip = |mut mac: [u8; 32]| {
        if let Some(first) = mac.first_mut() {
            *first ^= 1;
        }
        mac
    };
    write(macs(secrets, id, timestamp, body).map(flip))
}

fn macs<'s>(
    secrets: &'s [Secret],
    id: &'s str,
    timestamp: i64,
    body: &'s [u8],
) -> impl Iterator<Item = [u8; 32]> + 's {
    let timestamp = timestamp.to_string();
    secrets.iter().map(move |secret| secret.sign(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]))
}

fn write(macs: impl Iterator<Item = [u8; 32]>) -> String {
    macs.map(|mac| format!("v1,{}", STANDARD.encode(mac))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_published_vector_is_signed_as_it_was_published() {
        let secrets = [Secret::read(SECRET).unwrap()];
        assert_eq!(header(&secrets, ID, TIMESTAMP, BODY), SIGNATURE);
    }

    #[test]
    fn several_secrets_give_several_signatures_in_their_order() {
        let other = Secret::read("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let both = header(&[other, Secret::read(SECRET).unwrap()], ID, TIMESTAMP, BODY);
        let signatures: Vec<&str> = both.split(' ').collect();
        assert_eq!((signatures.len(), signatures.last()), (2, Some(&SIGNATURE)));
    }

    #[test]
    fn a_forged_signature_looks_like_one_and_is_none() {
        let secrets = [Secret::read(SECRET).unwrap()];
        let forged = forged(&secrets, ID, TIMESTAMP, BODY);
        assert_ne!(forged, SIGNATURE);
        assert_eq!(forged.len(), SIGNATURE.len());
    }
}
