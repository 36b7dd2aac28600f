//! TLS by rustls, with the roots of the platform's certificate store and those that the caller adds.

use std::sync::Arc;
use std::{fmt, io};

use rustls::client::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ConfigBuilder, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::Error;

/// What each certificate in the form of PEM begins with; text may stand before it.
const PEM: &[u8] = b"-----BEGIN ";

/// Holds the settings of TLS.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    /// Where the cryptography comes from, if not from the features or from what the process has installed.
    pub cryptography: Option<Arc<CryptoProvider>>,
    pub roots: Roots,
}

/// Holds certificates as they were given. A key that was given by mistake shows in no `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Roots(Vec<Vec<u8>>);

impl Tls {
    /// Makes the configuration of connections that do not carry HTTP.
    #[cfg(feature = "outbox-postgres")]
    pub(crate) fn rustls(&self) -> Result<ClientConfig, Error> {
        Ok(self.config(true)?.0)
    }

    /// Makes the configuration that all pools of a client share.
    ///
    /// Where no call uses TLS, it trusts no server: reading the store is most of the work of making a client.
    pub(super) fn config(&self, is_used: bool) -> Result<TlsConfig, Error> {
        let provider = self.cryptography.clone().or_else(provider_of_features).ok_or_else(|| {
            Error::settings("could not set up tls: no crypto provider was given, compiled in or installed")
        })?;
        let roots = self.roots.certificates()?;
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                Ok(if is_used {
                    // What is dangerous is a verifier of one's own; this one is the platform's.
                    builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier(roots, provider)?))
                } else {
                    builder.with_root_certificates(RootCertStore::empty())
                })
            })
            .map(ConfigBuilder::<ClientConfig, _>::with_no_client_auth)
            .map_err(|error| Error::settings("could not set up tls").because(error))?;
        Ok(TlsConfig(config))
    }
}

/// A configuration of TLS; copies share what is slow to make.
pub(super) struct TlsConfig(ClientConfig);

impl TlsConfig {
    /// Has an HTTP client use it.
    pub(super) fn set_up(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder.tls_backend_preconfigured(self.0.clone())
    }
}

impl Roots {
    /// Adds a certificate, or several in one text, without a look at them.
    pub(crate) fn add(&mut self, given: Vec<u8>) {
        self.0.push(given);
    }

    /// Reads what was given, whether or not TLS is used: a mistake shows when it is made.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let refused = || {
            Error::settings(
                "could not use `root_certificate`: it holds no certificate in the form of PEM or DER",
            )
        };
        let mut certificates = Vec::new();
        for given in &self.0 {
            let is_pem = given.windows(PEM.len()).any(|window| window == PEM);
            let read = if is_pem {
                CertificateDer::pem_slice_iter(given).collect::<Result<_, _>>().map_err(|_| refused())?
            } else {
                vec![CertificateDer::from(given.clone())]
            };
            let mut store = RootCertStore::empty();
            let (_, unreadable) = store.add_parsable_certificates(read.iter().cloned());
            if read.is_empty() || unreadable > 0 {
                return Err(refused());
            }
            certificates.extend(read);
        }
        Ok(certificates)
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

/// Whether the reason of an error is TLS, such as a certificate that is not trusted.
///
/// An `io::Error` gives no cause for the error that it holds, only for that one's cause.
pub(super) fn is_at_fault(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let held = held.map(|held| held as &(dyn std::error::Error + 'static));
        if error.is::<rustls::Error>() || matches!(held, Some(held) if held.is::<rustls::Error>()) {
            return true;
        }
        next = held.or_else(|| error.source());
    }
    false
}

#[cfg(not(target_os = "android"))]
fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(roots, provider)
}

/// Android trusts whom its own settings trust, and takes no roots from programs.
#[cfg(target_os = "android")]
fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    if roots.is_empty() {
        Verifier::new(provider)
    } else {
        Err(rustls::Error::General("Android takes no root certificates from programs".to_owned()))
    }
}

fn provider_of_features() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "rustls-ring")]
    return Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(all(feature = "rustls-aws-lc-rs", not(feature = "rustls-ring")))]
    return Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(not(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs")))]
    CryptoProvider::get_default().cloned()
}
