//! The servers to measure, each on a thread of its own.

use std::{
    convert::Infallible,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use dots_sandbox::SandboxBuilder;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime, sync::oneshot};

/// A server that is running; dropping it stops it.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// The file in which the system tells how long the server's thread was on a core.
    times: Option<PathBuf>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// A sandbox.
    pub(crate) fn sandbox(builder: SandboxBuilder) -> Self {
        Self::on_a_thread(async move |listening, stop| {
            let sandbox = builder.start().await.expect("the sandbox starts");
            let host = sandbox.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
            listening(host.parse().expect("an address"));
            // Dropping the sender means the same.
            let _ = stop.await;
            sandbox.shutdown().await;
        })
    }

    /// A server on the same HTTP library that answers every request with the same bytes.
    pub(crate) fn bare(constant: Vec<u8>) -> Self {
        let constant = Bytes::from(constant);
        Self::on_a_thread(async move |listening, stop| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
            listening(listener.local_addr().expect("an address"));
            tokio::select! {
                _ = stop => {}
                () = accept(listener, constant) => {}
            }
        })
    }

    fn on_a_thread<F>(serve: F) -> Self
    where
        F: AsyncFnOnce(&dyn Fn(SocketAddr), oneshot::Receiver<()>) + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let times = fs::read_link("/proc/thread-self").ok();
            let times = times.map(|thread| PathBuf::from("/proc").join(thread).join("schedstat"));
            let tell = |address| ready.send((address, times.clone())).expect("somebody waits");
            runtime.block_on(serve(&tell, stopped));
        });
        let (address, times) = listening.recv().expect("the server starts");
        Self { address, times, stop: Some(stop), thread: Some(thread) }
    }

    /// Returns how long the server's thread has been on a core, where the system tells.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let text = fs::read_to_string(self.times.as_ref()?).ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A server that panicked has reported it already.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, constant: Bytes) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let constant = constant.clone();
        let service = service_fn(move |request| answer(request, constant.clone()));
        tokio::spawn(
            async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await },
        );
    }
}

async fn answer(request: Request<Incoming>, constant: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    // The client sends the whole body.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(constant));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Returns how many bytes of memory this process has, where the system tells.
pub(crate) fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
