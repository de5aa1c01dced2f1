using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>
/// The decoder of <see cref="TextAligner"/>: told one token after another, it attends to the recording and predicts the next token.
/// The recurrence feeds its attention back and sums it up, so it runs in float32 under autocast too.
/// </summary>
sealed class AlignmentDecoder : Module<Tensor, Tensor, Tensor?, (Tensor Logits, Tensor Attention)>
{
    const int StartSymbol = 1;

    [ComponentName(Name = "embedding")]
    readonly Embedding _embedding;
    [ComponentName(Name = "decoder_rnn")]
    readonly LSTMCell _recurrence;
    [ComponentName(Name = "attention_layer")]
    readonly LocationAttention _attention;
    [ComponentName(Name = "project_to_hidden")]
    readonly Sequential _hidden;
    readonly BatchDropout _dropout;
    [ComponentName(Name = "project_to_n_symbols")]
    readonly Linear _symbols;
    readonly int _channels;

    public AlignmentDecoder(int channels, int symbols, int embedding) : base(nameof(AlignmentDecoder))
    {
        _channels = channels;
        _embedding = Embedding(symbols, embedding);
        var range = Math.Sqrt(6.0 / channels);
        init.uniform_(_embedding.weight!, -range, range);
        _recurrence = LSTMCell(channels + embedding, channels);
        _attention = new LocationAttention(channels);
        _hidden = Sequential(("0", AlignerLayers.Linear(2 * channels, channels)), ("1", Tanh()));
        _dropout = new BatchDropout(0.5);
        _symbols = Linear(channels, symbols);
        RegisterComponents();
    }

    /// <param name="memory">(B, A, H) features of the recording.</param>
    /// <param name="ids">(B, T) int64 symbols.</param>
    /// <param name="mask">(B, A) bool, true where padding.</param>
    /// <returns>(B, T + 1, V) and (B, T + 1, A)</returns>
    public override (Tensor Logits, Tensor Attention) forward(Tensor memory, Tensor ids, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        using var precision = Autocast.Disable(memory.device_type);
        memory = memory.to(ScalarType.Float32);
        var (batch, frames) = (memory.shape[0], memory.shape[1]);
        var told = _embedding.forward(cat([full_like(ids[.., ..1], StartSymbol), ids], 1)); // (B, T + 1, embedding)
        var keys = _attention.Keys(memory);                                                 // (B, A, H)
        var hidden = zeros(batch, _channels, device: memory.device);
        var cell = zeros(batch, _channels, device: memory.device);
        var context = zeros(batch, _channels, device: memory.device);
        var attention = zeros(batch, frames, device: memory.device);
        var attended = attention;
        var (states, attentions) = (new List<Tensor>(), new List<Tensor>());
        for (var step = 0L; step < told.shape[1]; step++)
        {
            (hidden, cell) = _recurrence.forward(cat([told.select(1, step), context], -1), (hidden, cell));
            attention = _attention.forward(hidden, keys, stack([attention, attended], 1), mask);
            attended = attended + attention;
            context = bmm(attention.unsqueeze(1), memory).squeeze(1);                       // (B, H)
            states.Add(cat([hidden, context], -1));
            attentions.Add(attention);
        }
        var logits = _symbols.forward(_dropout.forward(_hidden.forward(stack(states, 1)))); // (B, T + 1, V)
        return (logits.MoveToOuterDisposeScope(), stack(attentions, 1).MoveToOuterDisposeScope());
    }
}

/// <summary>Additive attention that also sees where it listened before: the last weights and their sum (Chorowski et al. 2015, eq. 8-9).</summary>
sealed class LocationAttention : Module<Tensor, Tensor, Tensor, Tensor?, Tensor>
{
    const int Filters = 32, Kernel = 63;
    const double TanhGain = 5.0 / 3;

    // Finite, so that a row of padding alone has a gradient; exp() of it is 0 beside any score of a real frame.
    const float Masked = -1e9f;

    [ComponentName(Name = "query_layer")]
    readonly Sequential _query;
    [ComponentName(Name = "memory_layer")]
    readonly Sequential _memory;
    [ComponentName(Name = "v")]
    readonly Sequential _score;
    [ComponentName(Name = "location_layer")]
    readonly Sequential _location;

    public LocationAttention(int channels) : base(nameof(LocationAttention))
    {
        _query = AlignerLayers.Linear(channels, channels, bias: false, TanhGain);
        _memory = AlignerLayers.Linear(channels, channels, bias: false, TanhGain);
        _score = AlignerLayers.Linear(channels, 1, bias: false);
        _location = Sequential(
            ("location_conv", AlignerLayers.Convolution(2, Filters, Kernel, bias: false)),
            ("transpose", new SwapTimeAndChannels()),
            ("location_dense", AlignerLayers.Linear(Filters, channels, bias: false, TanhGain)));
        RegisterComponents();
    }

    /// <summary>What does not change from step to step.</summary>
    /// <param name="memory">(B, A, H)</param>
    /// <returns>(B, A, H)</returns>
    public Tensor Keys(Tensor memory) => _memory.forward(memory);

    /// <param name="hidden">(B, H) state of the decoder.</param>
    /// <param name="keys">(B, A, H)</param>
    /// <param name="before">(B, 2, A) the last attention and the sum of all before.</param>
    /// <param name="mask">(B, A) bool, true where padding.</param>
    /// <returns>(B, A) attention; sums to 1, or to 0 where all is padding.</returns>
    public override Tensor forward(Tensor hidden, Tensor keys, Tensor before, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var query = _query.forward(hidden).unsqueeze(1);                                    // (B, 1, H)
        var scores = _score.forward((query + _location.forward(before) + keys).tanh()).squeeze(-1);
        if (mask is null)
            return F.softmax(scores, 1).MoveToOuterDisposeScope();
        return F.softmax(scores.masked_fill(mask, Masked), 1).masked_fill(mask, 0).MoveToOuterDisposeScope();
    }
}

/// <summary>(B, C, T) to (B, T, C).</summary>
sealed class SwapTimeAndChannels() : Module<Tensor, Tensor>(nameof(SwapTimeAndChannels))
{
    public override Tensor forward(Tensor x) => x.transpose(1, 2);
}
