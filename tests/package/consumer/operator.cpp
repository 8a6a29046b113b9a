// What an installation of another project runs: it makes the database, and asks how a file stands.
#include <iostream>
#include <string>

#include "purser/create.h"
#include "purser/health.h"
#include "purser/migrate.h"

int main(int count, char** arguments) {
  if (count != 2) return 64;
  const bool created = purser::create_database({.path = arguments[1]});
  const bool passed = purser::verify({.path = arguments[1]}).passed();
  std::cout << (created ? "created" : "found") << ", " << (passed ? "whole" : "damaged") << '\n';
  try {
    purser::migrate_status({.path = std::string(arguments[1]) + ".none"});
  } catch (const purser::Error& error) {
    std::cout << error_name(error.code()) << '\n';
  }
}
