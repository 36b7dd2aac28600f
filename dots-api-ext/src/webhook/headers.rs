//! Access to the three webhook headers in any framework's header type.

use std::collections::{BTreeMap, HashMap};

use super::error::{WebhookError, WebhookErrorKind};

/// The maximum size of one header, in bytes.
pub const MAX_HEADER: usize = 4096;

/// Finds a header of a delivery by its name.
///
/// It is implemented for [`http::HeaderMap`], which most frameworks use, for pairs of names and values, and for maps by
/// name, as serverless platforms pass them. Names are matched without regard to case. For any other type, implement one
/// method:
///
/// ```
/// use dots_api_ext::webhook::WebhookHeaders;
///
/// /// What some framework hands over.
/// struct Call {
///     headers: Vec<Header>,
/// }
///
/// struct Header {
///     name: String,
///     value: Vec<u8>,
/// }
///
/// impl WebhookHeaders for Call {
///     fn header(&self, name: &str) -> Option<&[u8]> {
///         let found = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
///         found.map(|header| header.value.as_slice())
///     }
/// }
/// ```
pub trait WebhookHeaders {
    /// Returns the value of the header with this name. The name is in lower case, and has to be matched without regard
    /// to case.
    fn header(&self, name: &str) -> Option<&[u8]>;

    /// Returns the values of all lines of the header with this name: of one that holds a list, as the signatures are,
    /// a proxy may make several lines. It is the value of [`header`](Self::header) unless it is overridden.
    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        self.header(name).into_iter().collect()
    }
}

impl WebhookHeaders for http::HeaderMap {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.get(name).map(http::HeaderValue::as_bytes)
    }

    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        self.get_all(name).iter().map(http::HeaderValue::as_bytes).collect()
    }
}

impl<N: AsRef<str>, V: HeaderLines> WebhookHeaders for [(N, V)] {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.header_lines(name).into_iter().next()
    }

    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        let named = self.iter().filter(|(known, _)| known.as_ref().eq_ignore_ascii_case(name));
        named.flat_map(|(_, value)| value.lines()).collect()
    }
}

impl<N: AsRef<str>, V: HeaderLines, const COUNT: usize> WebhookHeaders for [(N, V); COUNT] {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.as_slice().header(name)
    }

    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        self.as_slice().header_lines(name)
    }
}

impl<N: AsRef<str>, V: HeaderLines> WebhookHeaders for Vec<(N, V)> {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.as_slice().header(name)
    }

    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        self.as_slice().header_lines(name)
    }
}

impl<N: AsRef<str>, V: HeaderLines, S> WebhookHeaders for HashMap<N, V, S> {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.header_lines(name).into_iter().next()
    }

    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        in_order(self.iter(), name)
    }
}

impl<N: AsRef<str>, V: HeaderLines> WebhookHeaders for BTreeMap<N, V> {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.header_lines(name).into_iter().next()
    }

    fn header_lines(&self, name: &str) -> Vec<&[u8]> {
        in_order(self.iter(), name)
    }
}

/// Sorts names that differ only in case, because a map's own order may vary from run to run.
fn in_order<'m, N, V>(headers: impl Iterator<Item = (&'m N, &'m V)>, name: &str) -> Vec<&'m [u8]>
where
    N: AsRef<str> + 'm,
    V: HeaderLines + 'm,
{
    let mut named: Vec<_> = headers.filter(|(known, _)| known.as_ref().eq_ignore_ascii_case(name)).collect();
    named.sort_by(|(one, _), (other, _)| one.as_ref().cmp(other.as_ref()));
    named.into_iter().flat_map(|(_, value)| value.lines()).collect()
}

/// The value of a header in a map: text or bytes, or a list of them with one for each line.
pub trait HeaderLines {
    /// Returns the value of each line.
    fn lines(&self) -> Vec<&[u8]>;
}

macro_rules! one_line {
    ($($value:ty),+) => {$(
        impl HeaderLines for $value {
            fn lines(&self) -> Vec<&[u8]> {
                vec![self.as_ref()]
            }
        }
    )+};
}

one_line!(str, String, [u8], Vec<u8>, bytes::Bytes, http::HeaderValue);

impl<T: HeaderLines + ?Sized> HeaderLines for &T {
    fn lines(&self) -> Vec<&[u8]> {
        T::lines(self)
    }
}

impl<T: HeaderLines> HeaderLines for Vec<T> {
    fn lines(&self) -> Vec<&[u8]> {
        self.iter().flat_map(T::lines).collect()
    }
}

/// The names of the three headers of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HeaderFamily {
    /// `svix-id`, `svix-timestamp`, `svix-signature`: as Svix sends them.
    #[default]
    Svix,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`: as Standard Webhooks defines them.
    Standard,
}

impl HeaderFamily {
    const ALL: [Self; 2] = [Self::Svix, Self::Standard];

    /// The header names of the id, the timestamp and the signatures.
    pub(super) const fn names(self) -> [&'static str; 3] {
        match self {
            Self::Svix => ["svix-id", "svix-timestamp", "svix-signature"],
            Self::Standard => ["webhook-id", "webhook-timestamp", "webhook-signature"],
        }
    }
}

/// The raw headers of a delivery, within the size limit.
pub(super) struct Envelope<'h> {
    pub(super) id: &'h str,
    pub(super) timestamp: &'h [u8],
    /// The lines of signatures.
    pub(super) signatures: Vec<&'h [u8]>,
}

impl<'h> Envelope<'h> {
    /// Takes the first family that is complete; the two families are never mixed.
    pub(super) fn open<H: WebhookHeaders + ?Sized>(headers: &'h H) -> Result<Self, WebhookError> {
        let whole = HeaderFamily::ALL.into_iter().find_map(|family| {
            let [id, timestamp, signatures] = family.names();
            let signatures = headers.header_lines(signatures);
            let is_signed = !signatures.is_empty();
            is_signed.then_some((family, headers.header(id)?, headers.header(timestamp)?, signatures))
        });
        let Some((family, id, timestamp, signatures)) = whole else { return Err(missing(headers)) };
        let [_, _, name_of_signatures] = family.names();
        let lines = signatures.iter().map(|line| (name_of_signatures, *line));
        for (name, value) in family.names().into_iter().zip([id, timestamp]).chain(lines) {
            if value.len() > MAX_HEADER {
                let length = value.len();
                let what =
                    format!("the header `{name}` has `{length}` bytes; at most `{MAX_HEADER}` are allowed");
                return Err(WebhookError::new(WebhookErrorKind::TooLarge, what));
            }
        }
        let is_plain = !id.is_empty() && id.iter().all(u8::is_ascii_graphic);
        let id = std::str::from_utf8(id).ok().filter(|_| is_plain).ok_or_else(|| {
            let [name, ..] = family.names();
            WebhookError::new(
                WebhookErrorKind::Header,
                format!("the header `{name}` is empty or is not printable ascii"),
            )
        })?;
        Ok(Self { id, timestamp, signatures })
    }
}

/// Names the missing header of the family that is present in part.
fn missing<H: WebhookHeaders + ?Sized>(headers: &H) -> WebhookError {
    let lacks =
        |family: HeaderFamily| family.names().into_iter().filter(|name| headers.header(name).is_none());
    let partial = HeaderFamily::ALL.into_iter().find(|family| lacks(*family).count() < 3);
    let name = lacks(partial.unwrap_or_default()).next().unwrap_or_default();
    WebhookError::new(WebhookErrorKind::Header, format!("the header `{name}` is missing"))
}
