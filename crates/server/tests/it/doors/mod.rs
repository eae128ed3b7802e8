//! One module a door, mirroring `src/doors`.

mod storagegrid;
