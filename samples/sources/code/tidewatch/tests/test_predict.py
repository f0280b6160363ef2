import unittest

from tidewatch.predict import Constituent, bisect, height, turning_points

M2 = Constituent("M2", 28.984104, 1.5, 0.0)


class PredictTest(unittest.TestCase):
    def test_height_at_epoch_is_mean_plus_amplitude(self):
        self.assertAlmostEqual(height([M2], 2.0, 0.0), 3.5)

    def test_one_constituent_turns_twice_in_a_period(self):
        period = 360 / M2.speed
        points = list(turning_points([M2], 0.0, 0.1, period + 0.1))
        self.assertEqual([is_high for _, _, is_high in points], [False, True])
        self.assertAlmostEqual(points[0][0], period / 2, places=4)

    def test_bisect_finds_the_root_of_a_falling_line(self):
        self.assertAlmostEqual(bisect(lambda x: 3 - x, 0, 10), 3, places=5)


if __name__ == "__main__":
    unittest.main()
