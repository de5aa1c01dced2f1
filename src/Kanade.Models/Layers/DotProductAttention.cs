using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Scaled dot-product attention (Vaswani et al. 2017), computed in the way that trains fastest.</summary>
static class DotProductAttention
{
    /// <summary>softmax(Q Kᵀ / √W + bias) V.</summary>
    /// <remarks>
    /// libtorch's own operator is the way, but for one case: on a processor in bfloat16 its gradient prepares a product of matrices anew for each head, row and block, which
    /// costs more than the products (T = 64: five times the time of what stands here). There it is written out, with scores rounded to bfloat16.
    /// </remarks>
    /// <param name="query">(B, H, T, W)</param>
    /// <param name="key">(B, H, S, W)</param>
    /// <param name="value">(B, H, S, W)</param>
    /// <param name="bias">Added to the scores; broadcasts to (B, H, T, S).</param>
    /// <returns>(B, H, T, W)</returns>
    public static Tensor Of(Tensor query, Tensor key, Tensor value, Tensor bias)
    {
        if (query.device_type != DeviceType.CPU || !Autocast.IsOn(DeviceType.CPU) || !query.requires_grad)
            return F.scaled_dot_product_attention(query, key, value, bias);
        using var scope = NewDisposeScope();
        var (batch, heads) = (query.shape[0], query.shape[1]);
        var scaled = query * (1 / Math.Sqrt(query.shape[3]));
        var scores = bmm(scaled.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)).view(batch, heads, query.shape[2], key.shape[2]);
        var weights = softmax(scores + bias.to(scores.dtype), -1);                                       // (B, H, T, S)
        return bmm(weights.flatten(0, 1), value.flatten(0, 1)).view(batch, heads, query.shape[2], value.shape[3]).MoveToOuterDisposeScope();
    }
}
