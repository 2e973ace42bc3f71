/** What `check` asks of the test of back-projection. */
#pragma once

#include <string>

/** What is wrong with it, or nothing. */
std::string check_consistency();
