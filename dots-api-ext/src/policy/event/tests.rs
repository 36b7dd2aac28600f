use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake};

use super::Event;

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn all_that_wait_are_woken_once_each_time_it_happens() {
    let (event, woken) = (Event::default(), Arc::new(Woken::default()));
    let waker = Arc::clone(&woken).into();
    let mut context = Context::from_waker(&waker);
    let (mut one, mut two) = (pin!(event.next()), pin!(event.next()));
    assert!(one.as_mut().poll(&mut context).is_pending() && two.as_mut().poll(&mut context).is_pending());
    event.happen();
    assert!(one.poll(&mut context).is_ready() && two.poll(&mut context).is_ready());
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(pin!(event.next()).poll(&mut context).is_pending());
}

#[test]
fn what_happens_before_the_first_poll_counts() {
    let event = Event::default();
    let next = pin!(event.next());
    event.happen();
    assert!(next.poll(&mut Context::from_waker(std::task::Waker::noop())).is_ready());
}
