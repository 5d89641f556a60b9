//! Where a child of a run is to be, as `run` tells it: hidden flags, for nobody types them.

use crate::namespace::Namespace;
use clap::Args;
use std::path::PathBuf;

/// The network that a child is to be in.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The user namespace that owns it
    #[arg(long, hide = true, requires = "net")]
    user: Option<PathBuf>,
    /// The network namespace
    #[arg(long, hide = true, requires = "child")]
    net: Option<PathBuf>,
}

impl Place {
    /// `None`: where the run is.
    pub(super) fn namespace(self) -> Option<Namespace> {
        let Place { user, net } = self;
        net.map(|net| Namespace { user, net })
    }
}

/// A part of a trial.
#[derive(Debug, Args)]
pub(super) struct Child {
    #[arg(long, required = true)]
    child: bool,
    #[command(flatten)]
    pub(super) place: Place,
}
