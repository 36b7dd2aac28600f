//! The HTTP server: an accept loop and its connections.
//!
//! It uses hyper on plain TCP sockets, so that a fault can break a connection at any point.

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

/// How long the server discards the rest of an unwanted body before it cuts the connection.
const LINGER: Duration = Duration::from_secs(1);

/// Serves until told to stop, then waits for the exchanges in progress. Dropping the future cuts every connection.
pub(crate) async fn serve(
    listener: Arc<Listener>,
    simulator: Arc<Simulator>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // An error means that the sandbox was dropped, which means the same.
            _ = stop.changed() => break,
            // A failed accept concerns one client, and the next one may succeed.
            Ok((stream, _)) = listener.accept() => {
                if simulator.has_faults() && simulator.world().faults.resets_accepted() {
                    // The reset is sent when the socket is dropped; a socket that refuses the option is closed instead.
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
    // Dropping the set cuts what has not finished by then.
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
    // Answers are small and clients wait for them; a socket that refuses the option is merely slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let simulator = Arc::clone(&simulator);
        Box::pin(async move { exchange::answer(&simulator, request).await })
    });
    let mut http = http1::Builder::new();
    // `exchange` sends the sandbox's own time.
    http.auto_date_header(false);
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let mut stopping = false;
    let served = loop {
        tokio::select! {
            _ = stop.changed(), if !stopping => stopping = true,
            _ = closings.changed(), if !stopping => stopping = true,
            served = poll_fn(|context| connection.poll_without_shutdown(context)) => break served,
        }
        // Told to stop, or the listener is closed: finish the exchange in progress and accept no other.
        Pin::new(&mut connection).graceful_shutdown();
    };
    let stream = connection.into_parts().io.into_inner();
    match served {
        Ok(()) => linger(stream).await,
        Err(error) => {
            // Any other error means that the client disconnected.
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

/// Waits until the sandbox is told to stop, or is dropped.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Closes our side and discards what still arrives.
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
    // Neither an error nor the timeout changes anything: the connection is over.
    let _ = timeout(LINGER, rest).await;
}
