// Ridge regression from sums of squares and products.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

// Solves for the coefficients on standardised columns, with `penalty` added to the diagonal of
// their correlation matrix (Hoerl & Kennard 1970), and gives them back in the columns' own units; a
// column that never moves gets 0. `products` is the k × k matrix of sums over the rows of products
// of centred columns, row by row; `with_target` the k sums of products with the centred target.
// Cholesky; products is used up. All zero where the matrix is not positive definite.
std::vector<double> solve_ridge(std::vector<double>& products, std::vector<double> with_target,
                                double penalty);

}  // namespace headroom::forecast
