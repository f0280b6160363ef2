using DataPipeline.Core;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("1.3B", 1.3e9)]
    [InlineData("300G", 3e11)]
    [InlineData("6e23", 6e23)]
    [InlineData("2T", 2e12)]
    [InlineData("7b", 7e9)]
    [InlineData("124m", 124e6)]
    [InlineData("5k", 5000)]
    [InlineData("2E", 2e18)]
    [InlineData("2E3", 2000)]
    [InlineData("1_000,000", 1e6)]
    [InlineData(" 3 B ", 3e9)]
    [InlineData("1e3M", 1e9)]
    [InlineData("2Z", 2e21)]
    public void Parse_NumberWithUnit_IsItsValue(string text, double value) => ScalingGolden.Near(value, Quantity.Parse(text, "--tokens"), 1e-15);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-3B")]
    [InlineData("B")]
    [InlineData("3X")]
    [InlineData("three")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e400")]
    [InlineData("1e300Y")]
    [InlineData("3BB")]
    public void Parse_NoNumberAboveZero_IsAMistakeThatNamesTheOption(string text) =>
        Assert.StartsWith($"--tokens '{text}'", Assert.Throws<ConfigurationException>(() => Quantity.Parse(text, "--tokens")).Message);

    [Theory]
    [InlineData("720", 720)]
    [InlineData("720h", 720)]
    [InlineData("30d", 720)]
    [InlineData("90m", 1.5)]
    [InlineData("0.5D", 12)]
    public void Hours_TimeWithUnit_IsHours(string text, double hours) => Assert.Equal(hours, Quantity.Hours(text, "--hours"), 12);

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("0h")]
    [InlineData("-1")]
    [InlineData("3w")]
    public void Hours_NoTime_IsAMistake(string text) => Assert.Throws<ConfigurationException>(() => Quantity.Hours(text, "--hours"));

    [Theory]
    [InlineData(1.3e9, "1.30B")]
    [InlineData(999.6e6, "1.00B")]
    [InlineData(12.34e6, "12.3M")]
    [InlineData(123.4e3, "123K")]
    [InlineData(5.76e23, "5.76e+23")]
    [InlineData(9.996, "10.0")]
    [InlineData(0.5, "0.50")]
    public void Format_Value_HasThreeDigits(double value, string text) => Assert.Equal(text, Quantity.Format(value));

    [Fact]
    public void Format_ThenParse_IsWithinHalfAPercent()
    {
        for (double value = 0.01; value < 1e27; value *= 1.37)
            ScalingGolden.Near(value, Quantity.Parse(Quantity.Format(value), "x"), value < 1 ? 0.5 : 0.0051);
    }
}
