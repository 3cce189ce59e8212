/**
 * Keeps signal handlers off the stacks that TensorFlow computes on. oneDNN's generated matrix products (up to 3.11.1)
 * let the stack pointer point into the heap, where the frame of a signal handler then overwrites what stands below:
 * https://github.com/uxlfoundation/oneDNN/issues/4845. A Ctrl-C that a training process handles, or a profiler, could
 * so damage weights.
 *
 * Compiled into tfjs's binding, whose loading comes before TensorFlow starts its threads: these inherit the mask, and
 * Node's other threads take the signals of the process. A profiler's SIGPROF is sent to one thread and stays, on a stack
 * of its own, which V8's handler asks for.
 */
#include <pthread.h>
#include <signal.h>

#include <initializer_list>

namespace {

alignas(16) char handler_stack[256 * 1024];

__attribute__((constructor)) void keep_handlers_off() {
  sigset_t blocked;
  sigfillset(&blocked);
  // What a fault of the thread's own raises must not wait.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF}) sigdelset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  stack_t stack = {};
  stack.ss_sp = handler_stack;
  stack.ss_size = sizeof handler_stack;
  sigaltstack(&stack, nullptr);
}

}  // namespace
