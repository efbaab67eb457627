"""From LLVM code to machine code in memory."""

from functools import cache

import llvmlite.binding as llvm
from llvmlite import ir


class MachineCode:
    """Loaded machine code of a module.

    Parameters
    ----------
    module : llvmlite.ir.Module
        Its functions can be called by other programs.
    """

    def __init__(self, module: ir.Module) -> None:
        machine = _machine()
        module.triple = llvm.get_process_triple()
        module.data_layout = str(machine.target_data)
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(parsed, builder)
        self._engine = llvm.create_mcjit_compiler(parsed, machine)
        self._engine.finalize_object()

    def address(self, function: str) -> int:
        """Where a function begins."""
        return self._engine.get_function_address(function)


@cache
def _once() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _machine() -> llvm.TargetMachine:
    _once()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3)
