//! What `runtime` has, where a client brings its own: WebAssembly.

use std::pin::Pin;

/// A future that waits, in a box.
pub type Alarm<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What a client needs of a runtime: nothing here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    pub time: bool,
    pub network: bool,
}

impl Needs {
    /// Says that nothing is missing.
    pub(crate) const fn missing(self) -> Option<&'static str> {
        let _ = (self.time, self.network);
        None
    }
}
