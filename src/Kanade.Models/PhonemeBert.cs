using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models;

/// <summary>Sizes of <see cref="PhonemeBert"/>.</summary>
/// <param name="Symbols">V, the symbol table's size.</param>
/// <param name="Hidden">Channels of the encoder; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="FeedForward">Channels between the two feed-forward layers.</param>
/// <param name="Layers">How often the one shared layer is applied.</param>
/// <param name="Positions">Symbols that one window holds.</param>
/// <param name="Embedding">Size of a symbol's embedding before it is widened to <paramref name="Hidden"/>.</param>
public sealed record PhonemeBertConfig(
    int Symbols = 178, int Hidden = 768, int Heads = 12, int FeedForward = 2048, int Layers = 12, int Positions = 512, int Embedding = 128);

/// <summary>
/// PL-BERT (Li et al. 2023), a language model of phonemes: ALBERT (Lan et al. 2020), whose layers share one set of weights.
/// It gives each phoneme a context that the style diffusion and the prosody predictor read.
/// </summary>
/// <remarks>
/// A text longer than <see cref="PhonemeBertConfig.Positions"/> is read in windows that overlap by a quarter; each symbol is taken from
/// a window in which it has an eighth of a window of context, or the end of the text, on both sides. There is no dropout: the
/// published configuration names one, under a key that was never read.
/// </remarks>
public sealed class PhonemeBert : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "embeddings")]
    readonly PhonemeEmbedding _embeddings;
    [ComponentName(Name = "encoder")]
    readonly AlbertEncoder _encoder;

    // Pools the first symbol in ALBERT's sentence tasks: published checkpoints hold it, nothing here reads it.
    [ComponentName(Name = "pooler")]
    readonly Linear _pooler;

    readonly int _positions, _overlap;

    /// <param name="config">The sizes.</param>
    public PhonemeBert(PhonemeBertConfig config) : base(nameof(PhonemeBert))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(config.Hidden % config.Heads, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(config.Positions, 4);
        _positions = config.Positions;
        _overlap = config.Positions / 8 * 2;
        _embeddings = new PhonemeEmbedding(config);
        _encoder = new AlbertEncoder(config);
        _pooler = Linear(config.Hidden, config.Hidden);
        RegisterComponents();
        // ALBERT's 0.02 belongs to its 768 channels: in a narrow network attention would begin all but flat, and stay so for long.
        var deviation = 0.02 * Math.Sqrt(768.0 / config.Hidden);
        foreach (var (name, parameter) in named_parameters())
        {
            if (name.EndsWith("bias", StringComparison.Ordinal))
                init.zeros_(parameter);
            else if (parameter.dim() == 2)
                init.normal_(parameter, 0, deviation);
        }
        PhonemeBertStart.Apply(config, _embeddings.Symbols, _embeddings.Positions, _encoder.Widen, _encoder.Query, _encoder.Key);
    }

    /// <param name="ids">(B, T) int64 symbols.</param>
    /// <param name="keep">(B, T) int64, 1 where there is a symbol, 0 in the padding after it.</param>
    /// <returns>(B, T, hidden); what stands in the padding has no meaning.</returns>
    public override Tensor forward(Tensor ids, Tensor keep)
    {
        using var scope = NewDisposeScope();
        var length = ids.shape[1];
        if (length <= _positions)
            return Window(ids, keep, 0, length).MoveToOuterDisposeScope();
        var (half, parts) = (_overlap / 2, new List<Tensor>());
        var lengths = keep.sum(1).view(-1, 1, 1);
        Tensor? before = null;
        for (var start = 0L; ; start += _positions - _overlap)
        {
            var end = Math.Min(start + _positions, length);
            var window = Window(ids, keep, start, end);                         // (B, end - start, hidden)
            var from = 0L;
            if (before is not null)
            {
                // A row that ends within the window before has no other: a row gives the same alone and in any batch.
                var ended = lengths <= start + _overlap;
                parts.Add(where(ended, before.narrow(1, _positions - half, half), window.narrow(1, half, half)));
                from = _overlap;
            }
            var to = end == length ? end - start : _positions - half;
            parts.Add(window.narrow(1, from, to - from));
            if (end == length)
                return cat(parts, 1).MoveToOuterDisposeScope();
            before = window;
        }
    }

    Tensor Window(Tensor ids, Tensor keep, long start, long end) =>
        _encoder.forward(_embeddings.forward(ids.narrow(1, start, end - start)), keep.narrow(1, start, end - start));
}

/// <summary>Symbol, position and segment (always the first) added and normalised.</summary>
sealed class PhonemeEmbedding : Module<Tensor, Tensor>
{
    [ComponentName(Name = "position_ids")]
    readonly Tensor _positionIds;
    [ComponentName(Name = "word_embeddings")]
    public readonly Embedding Symbols;
    [ComponentName(Name = "position_embeddings")]
    public readonly Embedding Positions;
    [ComponentName(Name = "token_type_embeddings")]
    readonly Embedding _segments;
    [ComponentName(Name = "LayerNorm")]
    readonly LayerNorm _norm;

    public PhonemeEmbedding(PhonemeBertConfig config) : base(nameof(PhonemeEmbedding))
    {
        _positionIds = arange(config.Positions, ScalarType.Int64).unsqueeze(0);
        Symbols = Embedding(config.Symbols, config.Embedding);
        Positions = Embedding(config.Positions, config.Embedding);
        _segments = Embedding(2, config.Embedding);
        _norm = LayerNorm(config.Embedding, AlbertEncoder.Epsilon);
        RegisterComponents();
    }

    /// <param name="ids">(B, T), at most as many as there are positions.</param>
    /// <returns>(B, T, embedding)</returns>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var position = Positions.forward(_positionIds.narrow(1, 0, ids.shape[1]));         // (1, T, embedding)
        var sum = Symbols.forward(ids) + _segments.weight!.select(0, 0) + position;
        return _norm.forward(sum).MoveToOuterDisposeScope();
    }
}
