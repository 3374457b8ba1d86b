// Checks for the test programs: what failed, where, and with which values.
//
// A program is a list of TEST(fact) { ... } and `int main() { return run_all(); }`.
// A failed check ends its test; the program goes on with the next and fails at the end.
#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace map_sharpening::test {

class Failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Test {
  const char* name;
  void (*run)();
};

inline std::vector<Test>& all_tests() {
  static std::vector<Test> tests;
  return tests;
}

struct Registration {
  Registration(const char* name, void (*run)()) { all_tests().push_back({name, run}); }
};

template <class... Parts>
[[noreturn]] void fail(const char* file, int line, const Parts&... parts) {
  std::ostringstream text;
  text.precision(12);
  text << file << ":" << line << ": ";
  (text << ... << parts);
  throw Failure(text.str());
}

template <class A, class B>
void check_equal(const A& actual, const B& expected, const char* text, const char* file,
                 int line) {
  if (!(actual == expected)) fail(file, line, text, " is ", actual, ", expected ", expected);
}

inline void check_near(double actual, double expected, double tolerance, const char* text,
                       const char* file, int line) {
  if (!(std::fabs(actual - expected) <= tolerance))
    fail(file, line, text, " is ", actual, ", expected ", expected, " within ", tolerance);
}

/// The statement must throw `Exception` with a message that holds `part`.
template <class Exception, class Statement>
void check_throws(const Statement& statement, const std::string& part, const char* text,
                  const char* file, int line) {
  try {
    statement();
  } catch (const Exception& error) {
    if (std::string(error.what()).find(part) == std::string::npos)
      fail(file, line, text, " threw '", error.what(), "', which does not say '", part, "'");
    return;
  }
  fail(file, line, text, " threw nothing, expected '", part, "'");
}

inline int run_all() {
  int failed = 0;
  for (const Test& test : all_tests()) {
    try {
      test.run();
      std::printf("ok    %s\n", test.name);
    } catch (const std::exception& error) {
      std::printf("FAIL  %s\n      %s\n", test.name, error.what());
      ++failed;
    }
  }
  std::printf("%d of %d tests failed\n", failed, static_cast<int>(all_tests().size()));
  return all_tests().empty() || failed > 0 ? 1 : 0;
}

}  // namespace map_sharpening::test

#define TEST(name)                                                                     \
  static void name();                                                                  \
  static const map_sharpening::test::Registration registration_of_##name{#name, name}; \
  static void name()

#define CHECK(condition) \
  ((condition)           \
       ? void()          \
       : map_sharpening::test::fail(__FILE__, __LINE__, #condition, " does not hold"))
#define CHECK_EQUAL(actual, expected) \
  map_sharpening::test::check_equal(actual, expected, #actual, __FILE__, __LINE__)
#define CHECK_NEAR(actual, expected, tolerance) \
  map_sharpening::test::check_near(actual, expected, tolerance, #actual, __FILE__, __LINE__)
#define CHECK_THROWS(exception, statement, part)                                              \
  map_sharpening::test::check_throws<exception>([&] { (void)(statement); }, part, #statement, \
                                                __FILE__, __LINE__)
