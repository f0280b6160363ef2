using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Scaling;
using static DataPipeline.Tests.Tokens.Scaling.ScalingGolden;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class ModelShapeTests
{
    private static readonly ModelShape NanoGptOnCpu = new("nanogpt", DecoderKind.Gpt2, 4, 128, 4, 65, 64) { HasBias = false };

    public static TheoryData<string, string> Golden => new()
    {
        { "gpt2_124M", "gpt2" }, { "gpt2_355M", "gpt2-medium" }, { "gpt2_774M", "gpt2-large" }, { "gpt2_1558M", "gpt2-xl" },
        { "llama_7B", "llama-7b" }, { "llama_13B", "llama-2-13b" }, { "llama2_70B", "LLaMA-2-70B" }, { "llama3_8B", "llama-3-8b" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Parameters_OfANamedModel_AreThePublished(string golden, string name)
    {
        JsonElement expected = Expected("parameter_counts").GetProperty(golden);
        ModelShape shape = ModelShape.Named(name);
        Assert.Equal(expected.GetProperty("total").GetInt64(), shape.Parameters);
        Assert.Equal(expected.GetProperty("non_emb").GetInt64(), shape.NonEmbeddingParameters);
        if (expected.TryGetProperty("non_pos", out JsonElement matmul))
            Assert.Equal(matmul.GetInt64(), shape.MatmulParameters);
    }

    [Fact]
    public void Parameters_OfModelsWithoutBias_AreTheGolden()
    {
        JsonElement expected = Expected("parameter_counts");
        Assert.Equal(expected.GetProperty("nanogpt_cpu_char").GetProperty("total").GetInt64(), NanoGptOnCpu.Parameters);
        Assert.Equal(expected.GetProperty("nanogpt_gpu_char").GetProperty("total").GetInt64(),
            new ModelShape("nanogpt", DecoderKind.Gpt2, 6, 384, 6, 65, 256) { HasBias = false }.Parameters);
    }

    /// <summary>LLaMA's other sizes as their checkpoints count them.</summary>
    [Theory]
    [InlineData("llama-33b", 32528943616)]
    [InlineData("llama-65b", 65285660672)]
    [InlineData("llama-3-70b", 70553706496)]
    public void Parameters_OfALargeLlama_AreThoseOfItsCheckpoint(string name, long parameters) => Assert.Equal(parameters, ModelShape.Named(name).Parameters);

    [Fact]
    public void PerToken_OfGoldenModels_IsTheGoldenCount()
    {
        JsonElement expected = Expected("flops_per_token");
        Check("gpt2_124M_T1024", ModelShape.Named("gpt2"), 1024);
        Check("llama_7B_T4096", ModelShape.Named("llama-7b"), 4096);
        JsonElement nano = expected.GetProperty("nanogpt_cpu");
        Assert.Equal(nano.GetProperty("palm").GetDouble(), TrainingFlops.PerToken(NanoGptOnCpu, 64));
        JsonElement mfu = expected.GetProperty("mfu_example");
        double tokens = mfu.GetProperty("tokens_per_s").GetDouble() * 3600, flops = TrainingFlops.PerToken(ModelShape.Named("gpt2"), 1024) * tokens;
        Near(mfu.GetProperty("mfu").GetDouble(), Gpu.Parse("a100").Gpu.Hours(flops, 1, 1));

        void Check(string name, ModelShape shape, int context)
        {
            JsonElement row = expected.GetProperty(name);
            Assert.Equal(row.GetProperty("six_n").GetDouble(), TrainingFlops.OfMatrices(shape.MatmulParameters));
            Assert.Equal(row.GetProperty("attention").GetDouble(), TrainingFlops.OfAttention(shape, context));
            Assert.Equal(row.GetProperty("palm").GetDouble(), TrainingFlops.PerToken(shape, context));
            Assert.Equal(row.GetProperty("causal_half").GetDouble(), TrainingFlops.PerToken(shape, context, causal: true));
        }
    }

    [Fact]
    public void KeyValueBytes_OfGoldenModels_AreTheGolden()
    {
        Assert.Equal(Expected("kv_cache").GetProperty("llama_7B_bf16").GetInt64(), ModelShape.Named("llama-7b").KeyValueBytes());
        Assert.Equal(Expected("kv_cache").GetProperty("llama3_8B_bf16").GetInt64(), ModelShape.Named("llama-3-8b").KeyValueBytes());
    }

    [Theory]
    [InlineData(20e6)]
    [InlineData(1.3e9)]
    [InlineData(7e9)]
    [InlineData(70e9)]
    [InlineData(500e9)]
    public void Assumed_ForParameters_ComesNear(double parameters) => Near(parameters, ModelShape.Assumed(parameters).Parameters, parameters < 100e6 ? 0.5 : 0.1);

    [Fact]
    public void Named_ConfigFiles_AreTheirModels()
    {
        string folder = Directory.CreateTempSubdirectory("shape").FullName, path = Path.Combine(folder, "config.json");
        try
        {
            File.WriteAllText(path, """{"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 8192}""");
            Assert.Equal(8030261248, ModelShape.Named(path).Parameters);
            File.WriteAllText(path, """{"n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257, "n_positions": 1024, "n_inner": null}""");
            Assert.Equal(124439808, ModelShape.Named(path).Parameters);
            foreach (string wrong in (string[])["", "[]", "{}", """{"hidden_size": "wide"}""", """{"n_embd": 768, "n_layer": 0, "n_head": 12, "vocab_size": 50257, "n_positions": 1024}""",
                """{"n_embd": 768, "n_layer": 12, "n_head": 0, "vocab_size": 50257, "n_positions": 1024}"""])
            {
                File.WriteAllText(path, wrong);
                Assert.Contains(path, Assert.Throws<ConfigurationException>(() => ModelShape.Named(path)).Message);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
