//! The HTTP server: an accept loop and its connections, on nothing but hyper and a TCP socket, so that the next floor
//! can break a connection wherever it likes.

mod exchange;

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    task::{JoinError, JoinSet},
    time::timeout,
};

use crate::{
    http::{Listener, RawResponse},
    simulator::Simulator,
};

/// How long connections may take to finish when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);

/// How long the rest of an unwanted body is thrown away before its connection is cut.
const LINGER: Duration = Duration::from_secs(1);

/// Serves until told to stop, then lets the running exchanges end. Dropping it cuts every connection.
pub(crate) async fn serve(
    listener: Arc<Listener>,
    simulator: Arc<Simulator>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // An error means that the sandbox is gone, which is as good as being told.
            _ = stop.changed() => break,
            // A failed accept concerns one client, and the next one may succeed.
            Ok((stream, _)) = listener.accept() => {
                if simulator.has_faults() && simulator.world().faults.resets_accepted() {
                    // The reset goes out as the socket is dropped; one that refuses is closed instead.
                    let _ = stream.set_zero_linger();
                } else {
                    connections.spawn(connection(stream, Arc::clone(&simulator), stop.clone(), listener.closings()));
                }
            }
            Some(ended) = connections.join_next() => note_panic(&simulator, ended),
        }
    }
    listener.end();
    let ended = async {
        while let Some(ended) = connections.join_next().await {
            note_panic(&simulator, ended);
        }
    };
    // What has not ended by then is cut when the set is dropped.
    let _ = timeout(GRACE, ended).await;
}

fn note_panic(simulator: &Simulator, ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        simulator.note_violation(format!("the sandbox panicked: {error}"));
    }
}

async fn connection(
    stream: TcpStream,
    simulator: Arc<Simulator>,
    mut stop: watch::Receiver<bool>,
    mut closings: watch::Receiver<u64>,
) {
    // Answers are small and waited for; a socket that refuses is merely slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let simulator = Arc::clone(&simulator);
        Box::pin(async move { exchange::answer(&simulator, request).await })
    });
    let mut http = http1::Builder::new();
    // The clock is the sandbox's own; see `exchange`.
    http.auto_date_header(false);
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let mut stopping = false;
    let served = loop {
        tokio::select! {
            _ = stop.changed(), if !stopping => stopping = true,
            _ = closings.changed(), if !stopping => stopping = true,
            served = poll_fn(|context| connection.poll_without_shutdown(context)) => break served,
        }
        // Told to stop, or the listener is closed: the exchange under way ends, and there is no next one.
        Pin::new(&mut connection).graceful_shutdown();
    };
    let stream = connection.into_parts().io.into_inner();
    match served {
        Ok(()) => linger(stream).await,
        Err(error) => {
            // Any other error means that the client broke off; then nobody is left to be told anything.
            let Some(response) = RawResponse::find(&error) else { return };
            let left = tokio::select! {
                () = stopped(&mut stop) => None,
                left = response.perform(stream) => left,
            };
            if let Some(stream) = left {
                linger(stream).await;
            }
        }
    }
}

/// Waits until the sandbox is told to stop, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Closes our side and throws away what is still on its way.
///
/// Closing a socket with unread bytes resets the connection, and a reset can overtake the answer: a client that sends
/// too large a body would see a broken pipe instead of the 413 that explains it.
async fn linger(mut stream: TcpStream) {
    let rest = async {
        stream.shutdown().await?;
        let mut rest = vec![0; 64 * 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    // Neither a failure nor the end of patience changes anything: the connection is over.
    let _ = timeout(LINGER, rest).await;
}
