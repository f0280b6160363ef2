using DataPipeline.Core.Config;

namespace DataPipeline.Train.Tests;

/// <summary>The options are a YAML schema: their names, bounds and documents are what a pipeline file shows.</summary>
public class OptionsTests
{
    public static TheoryData<Type> Schemas => [typeof(LlamaOptions), typeof(Gpt2Options), typeof(BloomOptions), typeof(RopeScaling), typeof(ExpertOptions), typeof(LoraOptions), typeof(BottleneckOptions), typeof(OptimizerOptions), typeof(PretrainOptions), typeof(DpoOptions), typeof(SamplingOptions)];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Settings_EveryOption_HasADefaultAndADocument(Type type)
    {
        var docs = new StageDocs();
        Assert.NotEmpty(docs.Summary(type));
        foreach (Setting setting in StageCatalog.Settings(type))
        {
            Assert.False(setting.IsRequired, setting.Name);
            Assert.NotEmpty(docs.Setting(type, setting.Parameter));
        }
    }

    [Theory]
    [InlineData(typeof(RopeLayout), "half_split interleaved")]
    [InlineData(typeof(RopeScalingKind), "linear ntk llama3")]
    [InlineData(typeof(BalanceLoss), "first_choice assignments mixtral")]
    [InlineData(typeof(Precision), "float32 bfloat16 float16")]
    [InlineData(typeof(BottleneckActivation), "gelu relu silu")]
    [InlineData(typeof(ScheduleShape), "cosine linear constant wsd inverse_sqrt")]
    [InlineData(typeof(WarmupForm), "above_zero from_one from_zero")]
    [InlineData(typeof(PreferenceLossKind), "sigmoid robust hinge ipo ipo_normalised sigmoid_normalised apo_zero nca_pair simpo")]
    public void Names_Enumerations_ReadAsTheirDocumentsSay(Type type, string names) => Assert.Equal(names, string.Join(' ', ScalarText.Names(type)));

    [Theory]
    [InlineData(130, 4, 0, "not a multiple of heads")]
    [InlineData(12, 4, 0, "is odd")]
    [InlineData(128, 4, 3, "kv_heads 3")]
    public void Mistake_ShapesThatDoNotFit_SaysWhat(int width, int heads, int kvHeads, string fault) =>
        Assert.Contains(fault, new LlamaOptions(heads: heads, kvHeads: kvHeads, width: width).Mistake);

    [Fact]
    public void Mistake_Defaults_AreNone()
    {
        Assert.Null(new LlamaOptions().Mistake);
        Assert.Null(new Gpt2Options().Mistake);
    }
}
