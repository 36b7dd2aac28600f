//! The listening socket, which a fault can close for a while.

use std::{
    collections::HashSet,
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
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

/// How often the system is asked for a free port that this process has not used, before the ports are tried in turn.
const ATTEMPTS: usize = 32;

/// The ports of all listeners of this process, closed ones included.
///
/// A client remembers what it knows of a server, such as the idempotency keys that it sent there, by the server's
/// address. So a second sandbox with the address of a first one would be taken for it.
static USED: LazyLock<Mutex<HashSet<u16>>> = LazyLock::new(Mutex::default);

/// The port to try next when the ports are tried in turn, from the highest down.
static IN_TURN: AtomicU16 = AtomicU16::new(u16::MAX);

/// The lowest port that needs no privilege.
const LOWEST: u16 = 1024;

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
    /// Binds an address and opens; must be called on a runtime. For port 0 it finds one that no listener of this process
    /// had before.
    pub(crate) fn open_at(address: SocketAddr) -> io::Result<Self> {
        let first = if address.port() == 0 { bind_unused(address)? } else { bind(address)? };
        let address = first.local_addr()?;
        claim(address.port());
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
    bind(address)?.listen(BACKLOG)
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = socket(address)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Binds a free port that this process has not used.
fn bind_unused(mut address: SocketAddr) -> io::Result<TcpSocket> {
    for _ in 0..ATTEMPTS {
        let socket = bind(address)?;
        if claim(socket.local_addr()?.port()) {
            return Ok(socket);
        }
    }
    // The system's own range is nearly used up.
    loop {
        let port = IN_TURN.fetch_sub(1, Ordering::Relaxed);
        if port < LOWEST {
            IN_TURN.store(port, Ordering::Relaxed);
            return Err(io::Error::other("this process has used every port"));
        }
        address.set_port(port);
        if claim(port)
            && let Ok(socket) = bind(address)
        {
            return Ok(socket);
        }
    }
}

/// Listens at a port of this machine that this process has not used: for tests that start servers of their own beside
/// sandboxes, since clients remember idempotency keys by address.
///
/// # Errors
/// Returns an error when no port can be bound.
pub fn listen_unused() -> io::Result<std::net::TcpListener> {
    loop {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        if claim(listener.local_addr()?.port()) {
            listener.set_nonblocking(true)?;
            return Ok(listener);
        }
    }
}

/// Notes that the process has used a port, and returns whether it was new.
fn claim(port: u16) -> bool {
    USED.lock().unwrap_or_else(PoisonError::into_inner).insert(port)
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On other systems the option would let another program take the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn no_port_is_handed_out_twice_by_one_process() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // The system draws from some 14,000 ports, so without a memory of them several of these would be the same.
        let ports: Vec<u16> = (0..2_000).map(|_| Listener::open_at(any).unwrap().address().port()).collect();
        let different: HashSet<u16> = ports.iter().copied().collect();
        assert_eq!(different.len(), ports.len());
    }

    #[tokio::test]
    async fn a_port_that_is_asked_for_by_number_may_be_had_again() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let address = Listener::open_at(any).unwrap().address();
        assert_eq!(Listener::open_at(address).unwrap().address(), address);
    }
}
