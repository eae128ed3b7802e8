use crate::args::InitArgs;
use crate::exit::Failure;
pub(crate) fn run(_typed: &InitArgs) -> Result<(), Failure> {
    todo!()
}
