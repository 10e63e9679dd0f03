// headroom: the command line of the aggregator.
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

#include "cli/program.h"

int main(int argc, char** argv) {
  using namespace headroom;
  const cli::Environment environment = cli::process_environment();
  const SystemClock clock;
  cli::World world{environment, cli::detect_terminal(STDOUT_FILENO, environment),
                   clock,       std::cin,
                   std::cout,   std::cerr};
  return cli::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), world);
}
