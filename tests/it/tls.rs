//! TLS: nothing is sent to a server whose certificate is not trusted.

use dots_api_ext::{Dots, DotsBuilder, Error, Outcome};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::tls_front::{Door, pem};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, everything_shown, sandbox, somebody};

/// The names of this machine.
const HERE: [&str; 2] = ["localhost", "127.0.0.1"];

/// Texts that must not show: the credentials, also in encoded form, and the payee.
const SECRETS: [&str; 4] = ["pk_dev_sandbox", "sk_dev_sandbox", "cGtfZGV2X3NhbmRib3g6", PHONE];

/// Pays, which must fail because of TLS, with nothing sent.
async fn refusal(dots: &Dots) -> Error {
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 1), "{error}");
    assert_eq!(error.to_string(), "`send_payout` failed: could not connect");
    assert_no_secret(&everything_shown(&error));
    error
}

fn assert_no_secret(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_server_that_vouches_for_itself_hears_nothing() {
    let (sandbox, _) = sandbox().await;
    let door = Door::before(&sandbox, &HERE).await;
    for host in HERE {
        let error = refusal(&builder_for(&door.url(host)).build().unwrap()).await;
        assert!(everything_shown(&error).contains("certificate"), "{error:?}");
    }
    assert_eq!(door.knocks_and_visits(), (2, 0));
    assert_eq!((sandbox.requests().len(), sandbox.paid(PHONE)), (0, 0));
}

#[tokio::test]
async fn with_its_certificate_for_a_root_the_same_server_gets_the_payout_once() {
    for host in HERE {
        let (sandbox, _) = sandbox().await;
        let door = Door::before(&sandbox, &HERE).await;
        let trusting = |builder: DotsBuilder| builder.root_certificate(door.certificate.clone());
        let dots = trusting(builder_for(&door.url(host))).build().unwrap();
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881");
        assert_eq!(payout.clone().await.unwrap().id, payout.await.unwrap().id);
        // One connection carries both.
        assert_eq!(door.knocks_and_visits(), (1, 1));
        assert_eq!((sandbox.links(), sandbox.paid(PHONE)), (1, 1_000));
    }
}

#[tokio::test]
async fn roots_are_read_as_pem_too_and_several_of_them() {
    let (sandbox, _) = sandbox().await;
    let other = Door::before(&sandbox, &HERE).await;
    let door = Door::before(&sandbox, &HERE).await;
    let both = [other.pem(), door.pem()].join("Subject: CN=ours\n");
    for dots in [
        builder_for(&door.url("localhost")).root_certificate(both),
        builder_for(&door.url("localhost"))
            .root_certificate(other.certificate.clone())
            .root_certificate(door.pem()),
    ] {
        dots.build().unwrap().send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    }
    assert_eq!((door.knocks_and_visits(), sandbox.paid(PHONE)), ((2, 2), 2_000));
}

#[tokio::test]
async fn a_trusted_certificate_for_another_name_is_refused() {
    let (sandbox, _) = sandbox().await;
    let door = Door::before(&sandbox, &["dots.example"]).await;
    for host in HERE {
        let builder = builder_for(&door.url(host)).root_certificate(door.certificate.clone());
        refusal(&builder.build().unwrap()).await;
    }
    assert_eq!((door.knocks_and_visits(), sandbox.requests().len()), ((2, 0), 0));
}

#[tokio::test]
async fn a_server_that_speaks_plain_http_at_an_address_of_https_hears_no_word_of_a_request() {
    for host in HERE {
        let listener = TcpListener::from_std(dots_sandbox::listen_unused().unwrap()).unwrap();
        let url = format!("https://{host}:{}/api", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let body = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
            let answer = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            let mut heard = Vec::new();
            // The client may close the connection in any way.
            let _ = stream.read_to_end(&mut heard).await;
            heard
        });
        refusal(&builder_for(&url).build().unwrap()).await;
        let heard = server.await.unwrap();
        // A TLS handshake record starts with 22, an alert with 21.
        assert!(heard.is_empty() || [21, 22].contains(&heard[0]), "{heard:?}");
        let heard = String::from_utf8_lossy(&heard).into_owned();
        assert_no_secret(&heard);
        assert!(!heard.contains("POST") && !heard.contains("authorization"), "{heard}");
    }
}

#[tokio::test]
async fn what_holds_no_certificate_is_refused_for_a_root_and_not_shown() {
    let (sandbox, _) = sandbox().await;
    let door = Door::before(&sandbox, &HERE).await;
    let whole = door.pem();
    let cut = whole.replace("-----END CERTIFICATE-----", "");
    let broken = pem("CERTIFICATE", b"hunter2");
    let key = pem("PRIVATE KEY", b"hunter2");
    for given in ["", "hunter2", cut.as_str(), &broken, &key, &format!("{whole}{broken}")] {
        for url in [door.url("localhost"), sandbox.url()] {
            let builder = builder_for(&url).root_certificate(given);
            let error = builder.clone().build().unwrap_err();
            assert_eq!(error.outcome(), Outcome::NotSent);
            assert!(error.to_string().contains("`root_certificate`"), "{error}");
            let shown = format!("{builder:?}\n{}", everything_shown(&error));
            for form in ["hunter2", "aHVudGVyMg", "104, 117"] {
                assert!(!shown.contains(form), "{shown}");
            }
        }
    }
    assert_eq!((door.knocks_and_visits(), sandbox.requests().len()), ((0, 0), 0));
}
