//! A TLS-terminating front for the sandbox, which speaks plain HTTP only.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dots_sandbox::Sandbox;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// A server on this machine with a self-signed certificate.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    /// The certificate, as DER.
    pub(crate) certificate: Vec<u8>,
    seen: Arc<Seen>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    knocks: AtomicUsize,
    visits: AtomicUsize,
}

impl Door {
    /// Starts a front for the sandbox, with a certificate for `names`.
    pub(crate) async fn before(sandbox: &Sandbox, names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::from_std(dots_sandbox::listen_unused().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let house = sandbox.url().replace("http://", "").replace("/api", "");
        let seen = Arc::<Seen>::default();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let server = tokio::spawn(serve(listener, acceptor, house, Arc::clone(&seen)));
        Self { address, certificate: cert.der().to_vec(), seen, server }
    }

    /// The base URL, with a name for this machine.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/api", self.address.port())
    }

    /// The certificate as PEM.
    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// The number of connections, and how many of them passed the TLS handshake: on no other can the client have sent
    /// data.
    pub(crate) fn knocks_and_visits(&self) -> (usize, usize) {
        (self.seen.knocks.load(Ordering::SeqCst), self.seen.visits.load(Ordering::SeqCst))
    }
}

/// Encodes bytes as PEM with this label.
pub(crate) fn pem(kind: &str, bytes: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

impl Drop for Door {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, house: String, seen: Arc<Seen>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        seen.knocks.fetch_add(1, Ordering::SeqCst);
        connections.spawn(let_in(stream, acceptor.clone(), house.clone(), Arc::clone(&seen)));
    }
}

async fn let_in(stream: TcpStream, acceptor: TlsAcceptor, house: String, seen: Arc<Seen>) {
    // A client that rejects the certificate sends an alert and closes.
    let Ok(mut visitor) = acceptor.accept(stream).await else { return };
    seen.visits.fetch_add(1, Ordering::SeqCst);
    let mut house = TcpStream::connect(house).await.unwrap();
    // Errors of the connection are visible to its two ends.
    let _ = copy_bidirectional(&mut visitor, &mut house).await;
}
