//! The hub and its cursors.

use super::*;
use crate::clock::{MILLISECOND, Nanos};
use std::sync::atomic::{AtomicUsize, Ordering};

fn publish(feed: &Feed, numbers: impl Iterator<Item = u64>) {
    feed.append(numbers.map(|n| Entry::new(n, n * MILLISECOND, update::encode(n, 20, Encoding::Text))));
}

fn feed_and_hub(retention_ns: Nanos) -> (Feed, Rc<Hub>) {
    let feed = Feed::new(retention_ns);
    let hub = Hub::new(&feed);
    (feed, hub)
}

fn numbers(cursor: &mut Cursor) -> Vec<u64> {
    std::iter::from_fn(|| cursor.take()).map(|entry| entry.number).collect()
}

#[test]
fn a_cursor_resumes_where_it_is_told_and_else_at_the_next() {
    let (feed, hub) = feed_and_hub(10 * MILLISECOND);
    publish(&feed, 1..=3);
    hub.take_over();
    let (mut all, mut some, mut new) = (hub.cursor(Some(0)), hub.cursor(Some(2)), hub.cursor(None));
    publish(&feed, 4..=5);
    hub.take_over();
    assert_eq!(numbers(&mut all), [1, 2, 3, 4, 5]);
    assert_eq!(numbers(&mut some), [3, 4, 5]);
    assert_eq!(numbers(&mut new), [4, 5]);
    assert_eq!(new.position(), 5);
    // a client may have got update 6 from a worker that was quicker
    assert_eq!(numbers(&mut hub.cursor(Some(6))), [0u64; 0]);
    assert_eq!(hub.cursor(Some(u64::MAX)).take().map(|e| e.number), None);
}

#[test]
fn a_reader_behind_the_retention_learns_exactly_how_many_it_lost() {
    let (feed, hub) = feed_and_hub(10 * MILLISECOND);
    let mut slow = hub.cursor(None);
    publish(&feed, 1..=100);
    hub.take_over();
    let context = &mut Context::from_waker(Waker::noop());
    assert_eq!(slow.poll_ready(context), Poll::Ready(Err(Ended::TooSlow { lost: 89 })));
    assert_eq!(slow.poll_ready(context), Poll::Ready(Ok(())));
    assert_eq!(slow.missed(), 89);
    assert_eq!(numbers(&mut slow), (90..=100).collect::<Vec<_>>());
    assert_eq!(hub.cursor(Some(9)).missed(), 80);
    assert_eq!(hub.cursor(Some(95)).missed(), 0);
}

#[test]
fn what_waits_is_joined_once_and_bounded() {
    let (feed, hub) = feed_and_hub(100_000 * MILLISECOND);
    let frames = |cursor: &mut Cursor| cursor.take_frames(Transport::RawTcp, Bytes::clone);
    let (mut one, mut other) = (hub.cursor(None), hub.cursor(None));
    assert_eq!(frames(&mut one), None);
    publish(&feed, 1..=1);
    hub.take_over();
    assert_eq!(frames(&mut one).map(|bytes| bytes.len()), Some(20));
    publish(&feed, 2..=3);
    hub.take_over();
    let (mut third, joined) = (hub.cursor(Some(1)), frames(&mut one).expect("two"));
    assert_eq!(joined.len(), 40);
    assert_eq!(frames(&mut third).expect("two").as_ptr(), joined.as_ptr(), "made once");
    assert_eq!(frames(&mut other).map(|bytes| bytes.len()), Some(60));
    publish(&feed, 4..=10_000);
    hub.take_over();
    let writes: Vec<_> = std::iter::from_fn(|| frames(&mut other)).map(|bytes| bytes.len()).collect();
    assert!(writes.iter().all(|&octets| octets <= LARGEST_WRITE), "{writes:?}");
    assert_eq!(writes.iter().sum::<usize>(), 20 * 9_997);
}

#[test]
fn a_worker_that_overslept_the_retention_goes_on_without_a_gap_in_its_ring() {
    let (feed, hub) = feed_and_hub(10 * MILLISECOND);
    publish(&feed, 1..=1);
    hub.take_over();
    let mut slow = hub.cursor(Some(0));
    publish(&feed, 2..=100);
    hub.take_over();
    assert_eq!(slow.poll_ready(&mut Context::from_waker(Waker::noop())), Poll::Ready(Err(Ended::TooSlow { lost: 89 })));
    assert_eq!(numbers(&mut slow), (90..=100).collect::<Vec<_>>());
}

#[test]
fn a_burst_is_whole_when_readers_wake_and_each_waits_once() {
    struct Count(AtomicUsize);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let (feed, hub) = feed_and_hub(1000 * MILLISECOND);
    let mut cursor = hub.cursor(None);
    for _ in 0..3 {
        assert!(cursor.poll_ready(&mut Context::from_waker(&waker)).is_pending());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let step = || {
        runtime.block_on(async {
            tokio::select! { biased; () = hub.run(Duration::ZERO) => {}, () = std::future::ready(()) => {} }
        })
    };
    publish(&feed, 1..=50);
    step();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert_eq!(numbers(&mut cursor).len(), 50);
    drop(cursor);
    assert!(hub.readers.borrow().is_empty());
}

#[test]
fn batches_hold_all_or_the_newest() {
    let (feed, hub) = feed_and_hub(1000 * MILLISECOND);
    publish(&feed, 1..=3);
    hub.take_over();
    let batch = |since, answer, encoding| hub.cursor(Some(since)).take_batch(answer, encoding);
    assert_eq!(batch(0, Answer::All, Encoding::Text).expect("three").len(), 62);
    assert_eq!(batch(2, Answer::All, Encoding::Text).expect("one").len(), 20);
    assert_eq!(batch(2, Answer::All, Encoding::Binary).expect("one").len(), 24);
    assert_eq!(update::number(&batch(0, Answer::Latest, Encoding::Text).expect("one")), Some(3));
    assert_eq!(batch(3, Answer::All, Encoding::Text), None);
}

#[test]
fn a_frame_is_encoded_once() {
    let entry = Entry::new(1, 0, update::encode(1, 20, Encoding::Text));
    let made = Cell::new(0);
    let frame = || {
        entry.frame(crate::kind::Transport::Sse, |payload| {
            made.set(made.get() + 1);
            payload.clone()
        })
    };
    assert_eq!(frame(), frame());
    assert_eq!(made.get(), 1);
}

#[test]
fn a_batch_is_packed_once_and_only_where_that_is_smaller() {
    let (feed, hub) = feed_and_hub(1000 * MILLISECOND);
    publish(&feed, 1..=9);
    hub.take_over();
    let packed = |since, answer| hub.cursor(Some(since)).take_packed(answer, Encoding::Text).expect("there is some");
    let (first, again) = (packed(0, Answer::All), packed(0, Answer::All));
    assert!(first.1 && first.0.len() < 9 * 21, "{} B", first.0.len());
    assert_eq!(first.0.as_ptr(), again.0.as_ptr(), "made once");
    assert_ne!(packed(1, Answer::All).0, first.0, "another batch");
    let (newest, is_packed) = packed(0, Answer::Latest);
    assert_eq!((update::number(&newest), is_packed), (Some(9), false), "as it is");
    assert_eq!(hub.cursor(Some(9)).take_packed(Answer::All, Encoding::Text), None);
}
