//! This module owns the documents' workflows, one file each, as a list of named steps; it does not know how the lab is built.

pub(super) mod storagegrid_adfs;
