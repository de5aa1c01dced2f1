using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>What a waveform discriminator says of a batch: one score map and the feature maps of every layer, for each of its sub-discriminators.</summary>
/// <param name="Scores">One (B, positions) score map for each sub-discriminator; 1 means recorded, 0 generated.</param>
/// <param name="Features">For each sub-discriminator the activations of its layers in order, the last one being the unflattened score map.</param>
public sealed record DiscriminatorOutput(IReadOnlyList<Tensor> Scores, IReadOnlyList<IReadOnlyList<Tensor>> Features);
