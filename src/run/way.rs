//! A packet-level link around a trial: laid before server and load are started, taken up after they have ended.

use super::child::{Child, Program};
use crate::control::{LinkTask, Order, Report};
use crate::forwarded::Forwarded;
use crate::link::Level;
use crate::namespace::Namespace;
use crate::trial::Trial;
use crate::wire::socket;
use std::future::pending;

/// What is between server and load.
pub(super) enum Way {
    /// What the host has.
    Bare,
    /// Two networks, and a process that forwards packets between them.
    Laid {
        /// The process.
        link: Box<Child>,
        /// Where the server is to be.
        server: Namespace,
        /// Where the load is to be.
        load: Namespace,
    },
}

impl Way {
    /// What `trial` asks for.
    ///
    /// # Errors
    /// Why there is none, and the last words of the process.
    pub(super) async fn lay(trial: &Trial) -> Result<Way, (String, String)> {
        if trial.link.level == Level::Portable {
            return Ok(Way::Bare);
        }
        // ours for both sides of a comparison: the way is the instrument's
        let spawned = Child::spawn(&Program::Own, "link", None);
        let mut link = spawned.map_err(|error| (format!("starting a child: {error}"), String::new()))?;
        let task = LinkTask {
            link: trial.link,
            addresses: socket::sources(trial.clients),
            seed: trial.feed.seed,
            forwarder: None,
        };
        let linked = async {
            link.tell(&Order::Link(task)).await?;
            link.hear().await
        };
        match linked.await {
            Ok(Report::Linked { server, load, .. }) => Ok(Way::Laid { link: Box::new(link), server, load }),
            Ok(other) => Err((format!("link says {other:?} out of turn"), link.end().await)),
            Err(reason) => Err((reason, link.end().await)),
        }
    }

    /// Where the server is to be.
    pub(super) fn server(&self) -> Option<&Namespace> {
        match self {
            Way::Bare => None,
            Way::Laid { server, .. } => Some(server),
        }
    }

    /// Where the load is to be.
    pub(super) fn load(&self) -> Option<&Namespace> {
        match self {
            Way::Bare => None,
            Way::Laid { load, .. } => Some(load),
        }
    }

    /// Waits until it breaks, and says how.
    pub(super) async fn broke(&mut self) -> String {
        match self {
            Way::Bare => pending().await,
            Way::Laid { link, .. } => match link.hear().await {
                Ok(report) => format!("link says {report:?} out of turn"),
                Err(reason) => reason,
            },
        }
    }

    /// Says so if it was killed: see [`Child::killed`].
    pub(super) async fn killed(&mut self) -> Option<String> {
        match self {
            Way::Bare => None,
            Way::Laid { link, .. } => link.killed().await,
        }
    }

    /// What it did.
    ///
    /// # Errors
    /// Why it does not say.
    pub(super) async fn forwarded(&mut self) -> Result<Option<Forwarded>, String> {
        let Way::Laid { link, .. } = self else { return Ok(None) };
        link.tell(&Order::Stop).await?;
        match link.hear().await? {
            Report::Forwarded(forwarded) => Ok(Some(*forwarded)),
            other => Err(format!("link says {other:?} out of turn")),
        }
    }

    /// Ends it. Gives the last words of the process.
    pub(super) async fn end(self) -> String {
        match self {
            Way::Bare => String::new(),
            Way::Laid { link, .. } => link.end().await,
        }
    }
}
