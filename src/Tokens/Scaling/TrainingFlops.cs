namespace DataPipeline.Tokens.Scaling;

/// <summary>FLOPs of training, forward and backward, for each token (Chowdhery et al. 2022, arXiv 2204.02311, appendix B).</summary>
/// <remarks>Attention is counted over the whole square, as model FLOPs utilisation is reported; half of it is masked in a causal model. Forward alone is a third.</remarks>
public static class TrainingFlops
{
    /// <summary>6 for each parameter that multiplies a token.</summary>
    public static double OfMatrices(double matmulParameters) => 6 * matmulParameters;

    /// <summary>12 · layers · heads · width of a head · context.</summary>
    public static double OfAttention(ModelShape shape, int context) => 12.0 * shape.Layers * shape.Heads * shape.HeadWidth * context;

    /// <summary>Both, of a model of this shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="causal">Counts only the half of attention that is not masked.</param>
    public static double PerToken(ModelShape shape, int context, bool causal = false) =>
        OfMatrices(shape.MatmulParameters) + OfAttention(shape, context) * (causal ? 0.5 : 1);
}
