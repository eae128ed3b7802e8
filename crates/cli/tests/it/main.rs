//! Command in, text out.

mod lab;
mod operating;
mod program;
mod usage;
