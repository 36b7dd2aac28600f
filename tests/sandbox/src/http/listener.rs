//! The listening socket, which a fault can close for a while.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::Handle,
    sync::watch,
};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The listener of a sandbox. Open, it accepts connections; closed, the system refuses them.
pub(crate) struct Listener {
    address: SocketAddr,
    runtime: Handle,
    inner: Mutex<Inner>,
    closings: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    listener: Option<TcpListener>,
    /// Bound and never listening: it keeps the port while the listener is closed, where the system allows two sockets.
    #[expect(dead_code, reason = "it is held for what its being there does")]
    reserved: Option<TcpSocket>,
    /// The task that waits for the next connection; a socket that was dropped would not wake it.
    waiting: Option<Waker>,
    ended: bool,
}

impl Listener {
    /// Binds an address and opens; must be called on a runtime.
    pub(crate) fn open_at(address: SocketAddr) -> io::Result<Self> {
        let first = socket(address)?;
        first.bind(address)?;
        let address = first.local_addr()?;
        let (listener, reserved) = match listen(address) {
            Ok(listener) => (listener, Some(first)),
            Err(_) => (first.listen(BACKLOG)?, None),
        };
        let inner = Inner { listener: Some(listener), reserved, ..Inner::default() };
        let closings = watch::channel(0).0;
        Ok(Self { address, runtime: Handle::current(), inner: Mutex::new(inner), closings })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the next connection; while the listener is closed there are none.
    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        std::future::poll_fn(|context| {
            let mut inner = self.inner();
            inner.waiting = Some(context.waker().clone());
            inner.listener.as_ref().map_or(Poll::Pending, |listener| listener.poll_accept(context))
        })
        .await
    }

    /// Notifies every connection when the listener closes, so that idle ones end.
    pub(crate) fn closings(&self) -> watch::Receiver<u64> {
        self.closings.subscribe()
    }

    /// Closes at once: from now on the system refuses connections.
    pub(crate) fn close(&self) {
        self.inner().listener = None;
        self.closings.send_modify(|closings| *closings = closings.wrapping_add(1));
    }

    /// Opens again after this much real time, unless it was closed once more in the meantime.
    pub(crate) fn open_after(self: &Arc<Self>, pause: Duration) {
        let (listener, closing) = (Arc::downgrade(self), *self.closings.borrow());
        self.runtime.spawn(async move {
            tokio::time::sleep(pause).await;
            if let Some(listener) =
                listener.upgrade().filter(|listener| *listener.closings.borrow() == closing)
            {
                listener.open();
            }
        });
    }

    /// Opens again; it stays closed when another program has taken the port.
    pub(crate) fn open(&self) {
        let _runtime = self.runtime.enter();
        let mut inner = self.inner();
        if inner.ended || inner.listener.is_some() {
            return;
        }
        inner.listener = listen(self.address).ok();
        if let Some(waker) = inner.waiting.take() {
            waker.wake();
        }
    }

    /// Closes for good and releases the port.
    pub(crate) fn end(&self) {
        *self.inner() = Inner { ended: true, ..Inner::default() };
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).finish_non_exhaustive()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On other systems the option would let another program take the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    Ok(socket)
}
