/* Checks a scale: reads pairs of true and shown grams, prints the line that fits best and the largest error that remains. */
#include <math.h>
#include <stdio.h>

#define MAX_PAIRS 1000

int main(void)
{
    static double truth[MAX_PAIRS], shown[MAX_PAIRS];
    double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    int count = 0;

    while (count < MAX_PAIRS && scanf("%lf %lf", &truth[count], &shown[count]) == 2) {
        sum_x += shown[count];
        sum_y += truth[count];
        sum_xx += shown[count] * shown[count];
        sum_xy += shown[count] * truth[count];
        count++;
    }

    double spread = count * sum_xx - sum_x * sum_x;
    if (count < 2 || spread == 0) {
        fprintf(stderr, "scale: at least two different weights are needed, got %d\n", count);
        return 3;
    }

    double slope = (count * sum_xy - sum_x * sum_y) / spread;
    double offset = (sum_y - slope * sum_x) / count;
    double worst = 0;
    for (int i = 0; i < count; i++) {
        double error = fabs(truth[i] - (slope * shown[i] + offset));
        if (error > worst)
            worst = error;
    }

    printf("true = %.5f * shown %+.2f g, largest error %.2f g over %d weights\n", slope, offset, worst, count);
    return worst > 5.0 ? 1 : 0;
}
